// Go's crypto/tls as the other end: a server that says back what it hears, or a client that says hello. One line on standard
// output: the negotiated group. Built by rows.py when there is a Go that tells it (1.25); hybrid groups are its default since 1.24.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
)

func group(state tls.ConnectionState) string { return state.CurveID.String() }

func fail(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func roots(path string) *x509.CertPool {
	text, err := os.ReadFile(path)
	fail(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

func main() {
	role, folder := os.Args[1], os.Args[2]
	own, err := tls.LoadX509KeyPair(folder+"/"+role+".pem", folder+"/"+role+".key")
	fail(err)
	config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}
	if len(os.Args) > 4 && os.Args[4] == "classical" {
		config.CurvePreferences = []tls.CurveID{tls.X25519}
	}
	if role == "server" {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, roots(folder+"/root.pem")
		serve(config)
		return
	}
	config.RootCAs, config.ServerName = roots(folder+"/root.pem"), "localhost"
	connection, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[3], config)
	fail(err)
	fmt.Fprintln(connection, "hello")
	fmt.Println(group(connection.ConnectionState()))
	_, _ = io.Copy(io.Discard, connection)
}

func serve(config *tls.Config) {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	fail(err)
	fmt.Fprintln(os.Stderr, listener.Addr().String())
	raw, err := listener.Accept()
	fail(err)
	connection := raw.(*tls.Conn)
	fail(connection.Handshake())
	fmt.Println(group(connection.ConnectionState()))
	_, _ = io.Copy(connection, connection)
}
