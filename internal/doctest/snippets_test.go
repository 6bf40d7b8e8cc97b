package doctest_test

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
	"require": "github.com/stretchr/testify/require", "httpmock": "github.com/jarcoal/httpmock", "whatspie": "github.com/whatspie-go/whatspie",
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

var fence = regexp.MustCompile("(?ms)^( *)```go\n(.*?)^ *```$")

// program makes a file of a snippet.
func program(snippet string) string {
	if strings.HasPrefix(snippet, "package main\n") {
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
	found, module := 0, os.DirFS(root)
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		names, err := fs.Glob(module, pattern)
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(module, name)
			require.NoError(t, err)
			snippets := snippetsOf(string(text))
			found += len(snippets)
			var files []string
			for i, snippet := range snippets {
				if ours(snippet) {
					files = append(files, snippet)
					continue
				}
				t.Run(fmt.Sprintf("%s %d", name, i+1), func(t *testing.T) {
					t.Parallel()
					assertBuilds(t, program(snippet))
				})
			}
			if len(files) == 0 {
				continue
			}
			t.Run(name+" files", func(t *testing.T) {
				t.Parallel()
				assertFit(t, files)
			})
		}
	}
	assert.GreaterOrEqual(t, found, 5)
}

// snippetsOf takes the Go out of a document, and the margin of a list away from it.
func snippetsOf(text string) []string {
	matches := fence.FindAllStringSubmatch(text, -1)
	found := make([]string, 0, len(matches))
	for _, match := range matches {
		found = append(found, strings.ReplaceAll("\n"+match[2], "\n"+match[1], "\n")[1:])
	}
	return found
}

// ours tells that a snippet is a file of this package or of its tests.
func ours(snippet string) bool {
	return strings.HasPrefix(snippet, "package whatspie\n") || strings.HasPrefix(snippet, "package whatspie_test\n")
}

// assertBuilds compiles a program.
func assertBuilds(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	output, err := goCommand(t, "build", "-o", os.DevNull, file).CombinedOutput()
	require.NoError(t, err, "%s\n%s", output, text)
}

// goCommand runs in the module, so that a program outside it can import the SDK.
func goCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("GOCACHE") == "" {
		t.Skip("the go command has no place for its caches")
	}
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = root
	return command
}

// assertFit compiles files of this package, one after another in a document, together with the others.
func assertFit(t *testing.T, files []string) {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for i, text := range files {
		name := fmt.Sprintf("snippet%d.go", i)
		if strings.HasPrefix(text, "package whatspie_test\n") {
			name = fmt.Sprintf("snippet%d_test.go", i)
		}
		here, err := filepath.Abs(filepath.Join(root, name))
		require.NoError(t, err)
		replace[here] = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(replace[here], []byte(text), 0o600))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	output, err := goCommand(t, "vet", "-overlay", file, ".").CombinedOutput()
	require.NoError(t, err, "%s\n%s", output, files)
}

// The quick start is what people copy: it stays short.
func TestQuickStartIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	snippets := snippetsOf(string(text))
	require.NotEmpty(t, snippets)
	assert.LessOrEqual(t, strings.Count(snippets[0], "\n"), 12)
}
