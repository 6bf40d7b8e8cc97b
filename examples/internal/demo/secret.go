package demo

import (
	"os"
	"path/filepath"

	"github.com/whatspie-go/whatspie"
)

// CodeFile is a file that holds a QR code while it can be scanned. The zero CodeFile is none.
type CodeFile struct {
	Name    string
	written bool
}

// Write replaces what the file holds. A link to a code is nothing to hold.
func (f *CodeFile) Write(code *whatspie.QRCode) error {
	if f.Name == "" || code.PNG() == nil {
		return nil
	}
	f.written = true
	return WriteSecret(f.Name, code.PNG())
}

// Remove takes the code from the disk, and nothing that was there before it.
func (f *CodeFile) Remove() {
	if f.written {
		_ = os.Remove(f.Name) // somebody else may have done so
	}
	f.written = false
}

// WriteSecret puts a file in place whole, readable by its owner alone.
func WriteSecret(name string, content []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(name), ".code-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	if closeErr := draft.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(draft.Name(), name)
	}
	if err != nil {
		_ = os.Remove(draft.Name()) // the error at hand says more
	}
	return err
}
