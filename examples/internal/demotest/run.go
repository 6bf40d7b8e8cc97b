// Package demotest runs an example as a person would, without its process.
package demotest

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

// Result is what a program left behind.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Terminal is a size for a program to find; the zero Terminal is none.
type Terminal struct{ Columns, Rows int }

// Run runs a program with arguments.
func Run(ctx context.Context, tb testing.TB, program func(context.Context, demo.App) error, terminal Terminal, args ...string) Result {
	tb.Helper()
	var stdout, stderr buffer
	app := demo.App{
		Name: "example", Args: args, Stdout: &stdout, Stderr: &stderr,
		Size: func() (int, int, bool) { return terminal.Columns, terminal.Rows, terminal != Terminal{} },
	}
	code := app.Run(ctx, program)
	return Result{code, stdout.String(), stderr.String()}
}

// buffer may be written by a program's goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Real points a program at a server as at the real API. Such tests cannot be parallel: the environment is one.
func Real(t *testing.T, url, token string) {
	t.Helper()
	t.Setenv("WHATSPIE_API_TOKEN", token)
	t.Setenv("WHATSPIE_BASE_URL", url)
}

// Unset empties the environment of what a developer may have set.
func Unset(t *testing.T) {
	t.Helper()
	t.Setenv("WHATSPIE_API_TOKEN", "")
	t.Setenv("WHATSPIE_TOKEN", "")
	t.Setenv("WHATSPIE_BASE_URL", "")
}
