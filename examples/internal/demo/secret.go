package demo

import (
	"os"
	"path/filepath"
)

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
