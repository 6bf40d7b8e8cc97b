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
Values of the account are replaced by fictitious values of the same form, consistently in all files: IDs, phone numbers,
names, URLs, QR codes, and all undocumented texts and numbers. Everything else is unchanged: the members and their
order, types, times, statuses, versions, servers, packages, quotas, and messages of the API except for quoted values.
`

// folder is the directory for the bodies.
type folder struct{ dir string }

// newFolder creates a directory. It fails if the directory contains files.
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

// write saves the JSON bodies in the order of the calls, so that values of lists are known when messages quote them.
func (f *folder) write(ctx context.Context, results []result) error {
	code, err := fakeCode(ctx)
	if err != nil {
		return err
	}
	a := newAnonymizer(code)
	var table bytes.Buffer
	for _, r := range results {
		file := fmt.Sprintf("%s_%d.json", r.file, r.response.StatusCode)
		body, err := a.body(r.response.Body)
		if err != nil {
			file = "not saved: " + err.Error()
		} else if err := f.create(file, body); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(&table, "| %s | %s | %d | %q |\n",
			file, r.call, r.response.StatusCode, r.response.Header.Get("Content-Type"))
	}
	return f.create("README.md", fmt.Appendf(nil, readme, time.Now().UTC().Format(time.DateOnly), table.String()))
}

func (f *folder) create(name string, content []byte) error {
	return os.WriteFile(filepath.Join(f.dir, name), content, 0o600)
}

// fakeCode returns the PNG of a QR code of the fake.
func fakeCode(ctx context.Context) ([]byte, error) {
	fake := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer fake.Close()
	code, err := fake.Client().Devices.QR(ctx, fake.AddDevice(whatspie.Device{}))
	if err != nil {
		return nil, err
	}
	return code.PNG(), nil
}
