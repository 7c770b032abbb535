// An independent verifier of the audit log, made of Go's own packages for its checksum database: signed notes by
// golang.org/x/mod/sumdb/note, trees and tiles by golang.org/x/mod/sumdb/tlog. Shares no code with what it checks.
//
//	verifier log VKEY FOLDER          every entry of a log's folder against its signed checkpoint, through its tiles
//	verifier proof VKEY FILE          a proof file (c2sp.org/tlog-proof) whose extra data carries the entry
//	verifier grown VKEY OLD NEW FOLDER  that the log of checkpoint NEW begins with that of checkpoint OLD
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// open verifies a checkpoint's note and returns its tree.
func open(vkey, text string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err, "key")
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err, "note")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("the note is no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	hash, err := tlog.ParseHash(lines[2])
	must(err, "root")
	return tlog.Tree{N: size, Hash: hash}
}

// tiles reads a folder laid out by c2sp.org/tlog-tiles, whose paths lack the height that Go's have.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return tileHeight }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			full := tile
			full.W = 1 << tileHeight
			path = strings.Replace(full.Path(), "tile/8/", "tile/", 1)
			bytes, err = os.ReadFile(filepath.Join(t.folder, path))
			if err == nil {
				bytes = bytes[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func bundle(folder string, index, size int64) [][]byte {
	tile := tlog.Tile{H: tileHeight, L: -1, N: index, W: 1 << tileHeight}
	if rest := size - index<<tileHeight; rest < 1<<tileHeight {
		tile.W = int(rest)
	}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	bytes, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		tile.W = 1 << tileHeight
		path = strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bytes, err = os.ReadFile(filepath.Join(folder, path))
	}
	must(err, "bundle")
	var entries [][]byte
	for len(bytes) > 0 {
		length := int(binary.BigEndian.Uint16(bytes))
		entries = append(entries, bytes[2:2+length])
		bytes = bytes[2+length:]
	}
	return entries
}

func verifyLog(vkey, folder string) {
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err, "checkpoint")
	tree := open(vkey, string(text))
	// The reader refuses every tile that does not lead to the signed root.
	reader := tlog.TileHashReader(tree, tiles{folder})
	for index := int64(0); index < tree.N; index++ {
		entries := bundle(folder, index>>tileHeight, tree.N)
		entry := entries[index&(1<<tileHeight-1)]
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		must(err, "tile")
		if hashes[0] != tlog.RecordHash(entry) {
			fail("entry %d is not the one that was signed", index)
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		must(err, "proof")
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)), "record")
	}
	fmt.Printf("%d entries\n", tree.N)
}

func verifyProof(vkey, file string) {
	text, err := os.ReadFile(file)
	must(err, "proof")
	parts := strings.SplitN(string(text), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("not a proof")
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err, "extra")
	var carried struct {
		Entry, Command string
		CommandIndex   int64
		CommandPath    []string
	}
	must(json.Unmarshal(extra, &carried), "extra")
	entry, err := base64.StdEncoding.DecodeString(carried.Entry)
	must(err, "entry")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err, "index")
	tree := open(vkey, parts[1])
	must(tlog.CheckRecord(hashesOf(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(entry)), "record")
	if carried.Command != "" {
		command, err := base64.StdEncoding.DecodeString(carried.Command)
		must(err, "command")
		var entryJSON struct {
			Count int64
			Root  string
		}
		must(json.Unmarshal(entry, &entryJSON), "entry")
		var root tlog.Hash
		decoded, err := hex.DecodeString(entryJSON.Root)
		must(err, "range root")
		copy(root[:], decoded)
		path := hashesOf(carried.CommandPath)
		must(tlog.CheckRecord(path, entryJSON.Count, root, carried.CommandIndex, tlog.RecordHash(command)), "command")
	}
	fmt.Printf("entry %d of %d\n", index, tree.N)
}

func hashesOf(lines []string) tlog.RecordProof {
	var proof tlog.RecordProof
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		must(err, "hash")
		proof = append(proof, hash)
	}
	return proof
}

func verifyGrown(vkey, oldFile, newFile, folder string) {
	oldText, err := os.ReadFile(oldFile)
	must(err, "old")
	newText, err := os.ReadFile(newFile)
	must(err, "new")
	before, after := open(vkey, string(oldText)), open(vkey, string(newText))
	proof, err := tlog.ProveTree(after.N, before.N, tlog.TileHashReader(after, tiles{folder}))
	must(err, "proof")
	must(tlog.CheckTree(proof, after.N, after.Hash, before.N, before.Hash), "tree")
	for _, hash := range proof {
		fmt.Println(hash)
	}
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 3 && args[0] == "log":
		verifyLog(args[1], args[2])
	case len(args) == 3 && args[0] == "proof":
		verifyProof(args[1], args[2])
	case len(args) == 5 && args[0] == "grown":
		verifyGrown(args[1], args[2], args[3], args[4])
	default:
		fail("verifier log|proof|grown …")
	}
}
