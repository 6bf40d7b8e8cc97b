package demo

import (
	"os"
	"path/filepath"

	"github.com/whatspie-go/whatspie"
)

// CodeFile is a file that contains a QR code as long as the code is valid. The zero CodeFile does nothing.
type CodeFile struct {
	Name    string
	written bool
}

// Write replaces the contents of the file. It ignores a code that is a link.
func (f *CodeFile) Write(code *whatspie.QRCode) error {
	if f.Name == "" || code.PNG() == nil {
		return nil
	}
	f.written = true
	return WriteSecret(f.Name, code.PNG())
}

// Remove deletes the file if Write wrote it.
func (f *CodeFile) Remove() {
	if f.written {
		_ = os.Remove(f.Name) // it may be gone already
	}
	f.written = false
}

// WriteSecret writes a file atomically, readable only by its owner.
func WriteSecret(name string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".code-*") // has mode 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // the original error matters more
	}
	return err
}
