package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const readme = `# Recorded bodies of the Whatspie API

Recorded on %s with verify, an example of the Go SDK. Each file is the body of one response:

| file | call | HTTP status | Content-Type |
|---|---|---|---|
%s
Replaced by made-up values of the same shape, and the same value by the same one in all files: IDs, phone numbers, names,
URLs, QR codes, and every text and number that the documentation does not have. As they were sent: the members and their
order, the types, times, statuses, versions, servers, packages, quotas, and the API's own messages without what they quote.
`

// folder is where the bodies are saved.
type folder struct{ dir string }

// newFolder creates a directory. Files in an existing one are kept.
func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = &fs.PathError{Op: "save", Path: dir, Err: errors.New("the directory is not empty")}
	}
	return &folder{dir}, err
}

// write saves every JSON body in the order of the calls, so that lists are anonymised before messages that quote them.
func (f *folder) write(ctx context.Context, results []result) error {
	code, err := madeUpCode(ctx)
	if err != nil {
		return err
	}
	a := newAnonymiser(code)
	var table bytes.Buffer
	for _, r := range results {
		file := fmt.Sprintf("%s_%d.json", r.file, r.response.StatusCode)
		body, err := a.body(r.response.Body)
		if err != nil {
			file = "not saved: " + err.Error()
		} else if err := f.create(file, body); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(&table, "| %s | %s | %d | %q |\n", file, r.call, r.response.StatusCode, r.response.Header.Get("Content-Type"))
	}
	return f.create("README.md", fmt.Appendf(nil, readme, time.Now().UTC().Format(time.DateOnly), table.String()))
}

func (f *folder) create(name string, content []byte) error {
	return os.WriteFile(filepath.Join(f.dir, name), content, 0o600)
}

// madeUpCode is a QR code that is not a credential.
func madeUpCode(ctx context.Context) ([]byte, error) {
	fake := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer fake.Close()
	code, err := fake.Client().Devices.QR(ctx, fake.AddDevice(whatspie.Device{}))
	if err != nil {
		return nil, err
	}
	return code.PNG(), nil
}
