package demo

import (
	"os"
	"path/filepath"

	"github.com/whatspie-go/whatspie"
)

// CodeFile is a file that holds a QR code while the code can be scanned. The zero CodeFile is disabled.
type CodeFile struct {
	Name    string
	written bool
}

// Write replaces the file's contents. A code that is a link is not written.
func (f *CodeFile) Write(code *whatspie.QRCode) error {
	if f.Name == "" || code.PNG() == nil {
		return nil
	}
	f.written = true
	return WriteSecret(f.Name, code.PNG())
}

// Remove deletes the file if Write created it.
func (f *CodeFile) Remove() {
	if f.written {
		_ = os.Remove(f.Name) // it may be gone already
	}
	f.written = false
}

// WriteSecret writes a file atomically, readable only by its owner.
func WriteSecret(name string, content []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(name), ".code-*") // has mode 0600
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
		_ = os.Remove(draft.Name()) // the original error matters more
	}
	return err
}
