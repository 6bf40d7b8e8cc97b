package whatspie_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// imported are the packages that a snippet may use without saying so.
var imported = map[string]string{
	"bytes": "bytes", "context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "http": "net/http", "os": "os",
	"testing": "testing", "time": "time", "json": "encoding/json", "assert": "github.com/stretchr/testify/assert",
	"require": "github.com/stretchr/testify/require", "whatspie": "github.com/whatspie-go/whatspie",
	"whatspietest": "github.com/whatspie-go/whatspie/whatspietest", "pairweb": "github.com/whatspie-go/whatspie/pairweb",
}

// around stands around a snippet that is no file: what it may find there.
const around = `package main

import (
%s)

func main() {}

type surroundings struct {
	client        *whatspie.Client
	mux           *http.ServeMux
	deviceOf      func(*http.Request) (int64, error)
	askForUpgrade func(context.Context) error
	rotateToken   func(context.Context) error
	later         func(context.Context, time.Duration) error
}

func snippet(ctx context.Context, err error, in surroundings) error {
	client, mux, deviceOf, askForUpgrade, rotateToken, later := in.client, in.mux, in.deviceOf, in.askForUpgrade, in.rotateToken, in.later
	_, _, _, _, _, _ = client, mux, deviceOf, askForUpgrade, rotateToken, later
	{
%s
	}
	return nil
}
`

var fence = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// program makes a file of a snippet.
func program(snippet string) string {
	if strings.HasPrefix(snippet, "package ") { // a whole file, of a program or of this package
		return snippet
	}
	var imports strings.Builder
	for name, path := range imported {
		if always := name == "whatspie" || name == "context" || name == "http" || name == "time"; always ||
			regexp.MustCompile(`\b`+name+`\.[A-Z]`).MatchString(snippet) {
			fmt.Fprintf(&imports, "\t%q\n", path)
		}
	}
	return fmt.Sprintf(around, imports.String(), snippet)
}

// Every piece of Go in the documentation compiles.
func TestSnippetsCompile(t *testing.T) {
	t.Parallel()
	found := 0
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		names, err := fs.Glob(os.DirFS("."), pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(os.DirFS("."), name)
			require.NoError(t, err)
			for i, match := range fence.FindAllStringSubmatch(string(text), -1) {
				found++
				t.Run(fmt.Sprintf("%s %d", name, i+1), func(t *testing.T) {
					t.Parallel()
					assertBuilds(t, program(match[1]))
				})
			}
		}
	}
	assert.GreaterOrEqual(t, found, 5)
}

// assertBuilds compiles a program, or a file of this package together with the others.
func assertBuilds(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	args := []string{"build", "-o", os.DevNull, file}
	if strings.HasPrefix(text, "package whatspie\n") {
		here, err := filepath.Abs("snippet.go")
		require.NoError(t, err)
		overlay := file + ".json"
		replace, err := json.Marshal(map[string]any{"Replace": map[string]string{here: file}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(overlay, replace, 0o600))
		args = []string{"build", "-overlay", overlay, "-o", os.DevNull, "."}
	}
	output, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, "%s\n%s", output, text)
}

// The quick start is what people copy: it stays short.
func TestQuickStartIsShort(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(os.DirFS("."), "README.md")
	require.NoError(t, err)
	first := fence.FindStringSubmatch(string(text))
	require.NotNil(t, first)
	assert.LessOrEqual(t, strings.Count(first[1], "\n"), 12)
}
