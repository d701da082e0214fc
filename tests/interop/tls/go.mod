module bulwatt.example/tls-peer

go 1.25
