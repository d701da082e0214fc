// Command logverify judges a station's log by the packages that Go itself trusts its modules to.
//
//	logverify log FOLDER KEYS                   an exported folder: signature, every entry, every tile, the root
//	logverify proof FILE KEYS                   one record in the tree of a signed checkpoint
//	logverify consistency OLD NEW HASHES KEYS   the tree of one signed checkpoint begins with that of the other
//	logverify witness URL FILE KEYS             is a log of its own, leaves its key in FILE, and holds the witness at URL, whose keys
//	                                            are KEYS, to the specification
//
// One line and exit status 0 when it holds; the reason and 1 when not. KEYS: verifier keys, one a line; those of a kind this
// package does not know are passed over.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const bundle = 256
const tileHeight = 8

func main() {
	verbs := map[string]struct {
		arguments int
		run       func([]string) (string, error)
	}{"log": {2, log}, "proof": {2, proof}, "consistency": {4, consistency}, "witness": {3, witness}}
	if len(os.Args) < 2 || len(os.Args)-2 != verbs[os.Args[1]].arguments {
		fmt.Fprintln(os.Stderr, "say log FOLDER KEYS, proof FILE KEYS, consistency OLD NEW HASHES KEYS or witness URL FILE KEYS")
		os.Exit(2)
	}
	said, err := verbs[os.Args[1]].run(os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func verifiers(file string) (note.Verifiers, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var known []note.Verifier
	for _, line := range strings.Fields(string(text)) {
		if verifier, err := note.NewVerifier(line); err == nil {
			known = append(known, verifier)
		}
	}
	if len(known) == 0 {
		return nil, errors.New("no key of a kind that this package knows")
	}
	return note.VerifierList(known...), nil
}

// The tree that a signed note is about; at least one known key must have signed it.
func checkpoint(message []byte, keys note.Verifiers) (tlog.Tree, error) {
	opened, err := note.Open(message, keys)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, errors.New("the note is no checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func checkpointFile(file string, keys note.Verifiers) (tlog.Tree, error) {
	message, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	return checkpoint(message, keys)
}

// A path as the log's own format writes it, which has no height of tiles in it.
func tilePath(level string, index, width int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < bundle {
		path = fmt.Sprintf("%s.p/%d", path, width)
	}
	return filepath.Join("tile", level, path)
}

// Every entry's hashes, in this package's own order of storage.
func readEntries(folder string, size int64) ([]tlog.Hash, tlog.HashReader, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, 0, len(indexes))
		for _, i := range indexes {
			if i >= int64(len(stored)) {
				return nil, errors.New("there are too few entries")
			}
			out = append(out, stored[i])
		}
		return out, nil
	})
	for count := int64(0); count < size; {
		width := size - count
		if width > bundle {
			width = bundle
		}
		data, err := os.ReadFile(filepath.Join(folder, tilePath("entries", count/bundle, width)))
		if err != nil {
			return nil, nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, nil, errors.New("a bundle of entries is cut off")
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			hashes, err := tlog.StoredHashes(count, data[2:end], reader)
			if err != nil {
				return nil, nil, err
			}
			stored = append(stored, hashes...)
			data = data[end:]
			count++
		}
		if len(data) != 0 {
			return nil, nil, errors.New("a bundle has more entries than it may")
		}
	}
	return stored, reader, nil
}

func log(arguments []string) (string, error) {
	folder := arguments[0]
	keys, err := verifiers(arguments[1])
	if err != nil {
		return "", err
	}
	tree, err := checkpointFile(filepath.Join(folder, "checkpoint"), keys)
	if err != nil {
		return "", err
	}
	_, reader, err := readEntries(folder, tree.N)
	if err != nil {
		return "", err
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return "", err
	}
	if root != tree.Hash {
		return "", errors.New("the signed root is of other entries")
	}
	tiles := 0
	for _, tile := range tlog.NewTiles(tileHeight, 0, tree.N) {
		wanted, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return "", err
		}
		found, err := os.ReadFile(filepath.Join(folder, tilePath(strconv.Itoa(tile.L), tile.N, int64(tile.W))))
		if err != nil {
			return "", err
		}
		if !bytes.Equal(wanted, found) {
			return "", fmt.Errorf("tile %s is of other entries", tile.Path())
		}
		tiles++
	}
	return fmt.Sprintf("log of %d entries and %d tiles under a good signature", tree.N, tiles), nil
}

func proof(arguments []string) (string, error) {
	keys, err := verifiers(arguments[1])
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(arguments[0])
	if err != nil {
		return "", err
	}
	head, message, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return "", errors.New("this is no proof that carries its entry")
	}
	tree, err := checkpoint([]byte(message), keys)
	if err != nil {
		return "", err
	}
	entry, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	if err != nil {
		return "", err
	}
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	if err != nil {
		return "", err
	}
	hashes, err := parseHashes(lines[3:])
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return fmt.Sprintf("entry %d is in the signed tree of %d", index, tree.N), nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func consistency(arguments []string) (string, error) {
	keys, err := verifiers(arguments[3])
	if err != nil {
		return "", err
	}
	older, err := checkpointFile(arguments[0], keys)
	if err != nil {
		return "", err
	}
	newer, err := checkpointFile(arguments[1], keys)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(arguments[2])
	if err != nil {
		return "", err
	}
	hashes, err := parseHashes(strings.Fields(string(text)))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckTree(hashes, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return "", err
	}
	return fmt.Sprintf("the tree of %d begins with the tree of %d", newer.N, older.N), nil
}
