// The part of logverify that is a log and asks somebody's witness (C2SP tlog-witness) to sign its heads.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignatureType = 4

// A key by which a witness cosigns: "cosignature/v1", the time, and the note's text.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), message)
	return ed25519.Verify(c.key, []byte(signed), signature[8:])
}

func cosigners(file string) (note.Verifiers, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var known []note.Verifier
	for _, line := range strings.Fields(string(text)) {
		parts := strings.SplitN(line, "+", 3)
		if len(parts) != 3 {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(parts[2])
		var hash uint32
		if _, scanned := fmt.Sscanf(parts[1], "%08x", &hash); err != nil || scanned != nil {
			return nil, errors.New("a key is badly written")
		}
		if key[0] == cosignatureType && len(key) == 1+ed25519.PublicKeySize {
			known = append(known, cosigner{parts[0], hash, key[1:]})
		}
	}
	if len(known) == 0 {
		return nil, errors.New("no Ed25519 key of a witness")
	}
	return note.VerifierList(known...), nil
}

// A log in memory.
type memoryLog struct {
	signer note.Signer
	stored []tlog.Hash
	size   int64
}

func (l *memoryLog) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, l.stored[i])
		}
		return out, nil
	})
}

func (l *memoryLog) grow(size int64, story string) error {
	for ; l.size < size; l.size++ {
		hashes, err := tlog.StoredHashes(l.size, []byte(fmt.Sprintf("entry %d%s", l.size, story)), l.reader())
		if err != nil {
			return err
		}
		l.stored = append(l.stored, hashes...)
	}
	return nil
}

// A fork: the first entries are the same.
func (l *memoryLog) copy(size int64) *memoryLog {
	return &memoryLog{l.signer, append([]tlog.Hash{}, l.stored[:tlog.StoredHashCount(size)]...), size}
}

func (l *memoryLog) request(old int64, origin string, spoil bool) ([]byte, []byte, error) {
	root, err := tlog.TreeHash(l.size, l.reader())
	if err != nil {
		return nil, nil, err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, l.size, root)
	head, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return nil, nil, err
	}
	body := fmt.Sprintf("old %d\n", old)
	if old > 0 && old < l.size {
		proof, err := tlog.ProveTree(l.size, old, l.reader())
		if err != nil {
			return nil, nil, err
		}
		for i, hash := range proof {
			if spoil && i == 0 {
				hash[0] ^= 1
			}
			body += hash.String() + "\n"
		}
	}
	return append([]byte(body+"\n"), head...), head, nil
}

func ask(url string, body []byte) (int, string, []byte, error) {
	answer, err := http.Post(url+"/add-checkpoint", "text/plain", bytes.NewReader(body))
	if err != nil {
		return 0, "", nil, err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header.Get("Content-Type"), said, err
}

func witness(arguments []string) (string, error) {
	url, known := arguments[0], arguments[1]
	keys, err := cosigners(arguments[2])
	if err != nil {
		return "", err
	}
	const origin = "go.invalid/log"
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(known, []byte(public+"\n"), 0o644); err != nil {
		return "", err
	}
	log := &memoryLog{signer: signer}
	old := int64(0)
	signed := 0
	for _, size := range []int64{1, 2, 7, 8, 64, 65, 300, 1000, 1000} {
		if err := log.grow(size, ""); err != nil {
			return "", err
		}
		body, head, err := log.request(old, origin, false)
		if err != nil {
			return "", err
		}
		status, _, lines, err := ask(url, body)
		if err != nil {
			return "", err
		}
		if status != 200 {
			return "", fmt.Errorf("an honest head of %d entries is answered with %d", size, status)
		}
		opened, err := note.Open(append(head, lines...), keys)
		if err != nil {
			return "", fmt.Errorf("the cosignature of %d entries: %w", size, err)
		}
		if len(opened.Sigs) != 1 {
			return "", fmt.Errorf("%d Ed25519 cosignatures", len(opened.Sigs))
		}
		signed++
		old = size
	}
	refused, err := refusals(url, log, old, origin)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("witness cosigned %d heads and refused %d requests as the specification says", signed, refused), nil
}

func refusals(url string, log *memoryLog, latest int64, origin string) (int, error) {
	longer := log.copy(latest)
	if err := longer.grow(latest+50, ""); err != nil {
		return 0, err
	}
	fork := log.copy(900)
	if err := fork.grow(latest, " told otherwise"); err != nil {
		return 0, err
	}
	other := fork.copy(latest)
	if err := other.grow(latest+50, " told otherwise"); err != nil {
		return 0, err
	}
	private, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return 0, err
	}
	stranger, err := note.NewSigner(private)
	if err != nil {
		return 0, err
	}
	size := fmt.Sprintf("%d\n", latest)
	cases := []struct {
		what   string
		log    *memoryLog
		old    int64
		origin string
		spoil  bool
		status int
		body   string
	}{
		{"another size", longer, 300, origin, false, 409, size},
		{"an older head", log.copy(64), 8, origin, false, 409, size},
		{"a fork", fork, latest, origin, false, 409, size},
		{"another story", other, latest, origin, false, 422, ""},
		{"a spoilt proof", longer, latest, origin, true, 422, ""},
		{"an unknown log", longer, 0, "go.invalid/unknown", false, 404, ""},
		{"a stranger's signature", &memoryLog{stranger, longer.stored, longer.size}, latest, origin, false, 403, ""},
		{"more before than after", log.copy(64), 65, origin, false, 400, ""},
	}
	for _, c := range cases {
		body, _, err := c.log.request(c.old, c.origin, c.spoil)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", c.what, err)
		}
		status, kind, said, err := ask(url, body)
		if err != nil {
			return 0, err
		}
		if status != c.status || (c.body != "" && (string(said) != c.body || kind != "text/x.tlog.size")) {
			return 0, fmt.Errorf("%s is answered with %d %s %q", c.what, status, kind, said)
		}
	}
	body, _, err := longer.request(latest, origin, false)
	if err != nil {
		return 0, err
	}
	if status, _, _, err := ask(url, body); err != nil || status != 200 {
		return 0, fmt.Errorf("after the refusals the honest log is answered with %d", status)
	}
	return len(cases), nil
}
