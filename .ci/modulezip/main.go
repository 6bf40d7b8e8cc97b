// Command modulezip writes a module the way the Go proxy serves it, without its nested modules, into a new folder:
//
//	go run -C .ci/modulezip . ../.. /tmp/served
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: modulezip MODULE FOLDER")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(source, target string) error {
	version := module.Version{Path: "github.com/whatspie-go/whatspie", Version: "v0.0.0"}
	archive, err := os.CreateTemp("", "modulezip-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(archive.Name()) //nolint:errcheck // a temporary file that stays is no failure
	if err := zip.CreateFromDir(archive, version, filepath.Clean(source)); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return zip.Unzip(target, version, archive.Name())
}
