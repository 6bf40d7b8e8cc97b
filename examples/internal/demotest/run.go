// Package demotest runs an example in-process, with its command line and terminal simulated.
package demotest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Result is the output and exit code of a program.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Setting is the environment of a program; the zero Setting is a pipe without a token.
type Setting struct {
	// Columns and Rows are the size of the terminal, 0 without one.
	Columns, Rows int
	// URL and Token are the base URL and token in the environment.
	URL, Token string
	// NoUTF8 and NoColours disable features of the terminal.
	NoUTF8, NoColours bool
	// Print, if set, receives all output to Stdout so far after each write.
	Print func(all string)
	// Full makes writes to Stdout fail.
	Full bool
}

// With uses srv in place of the real API.
func With(srv *whatspietest.Server) Setting { return Setting{URL: srv.URL, Token: srv.Token} }

// Run runs a program with the given arguments.
func Run(ctx context.Context, tb testing.TB, program func(context.Context, demo.App) error, in Setting, args ...string) Result {
	tb.Helper()
	stdout, stderr := buffer{written: in.Print}, buffer{}
	app := demo.App{
		Name: "example", Args: args, Stdout: full{&stdout, in.Full}, Stderr: &stderr,
		Size: func() (int, int, bool) { return in.Columns, in.Rows, in.Columns > 0 },
		UTF8: !in.NoUTF8, Colours: !in.NoColours,
	}
	if in.Token != "" {
		app.Account = func(opts ...whatspie.Option) (*whatspie.Client, error) {
			return whatspie.NewClient(in.Token, append(opts, whatspie.WithBaseURL(in.URL))...)
		}
	}
	code := app.Run(ctx, program)
	return Result{code, stdout.String(), stderr.String()}
}

// full fails every write if it is enabled, like a full disk.
type full struct {
	io.Writer

	isFull bool
}

func (f full) Write(p []byte) (int, error) {
	if f.isFull {
		return 0, errors.New("no space left on device")
	}
	return f.Writer.Write(p)
}

// buffer is safe for use by the program's goroutines.
type buffer struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written func(all string)
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() {
		if b.written != nil {
			b.written(b.text.String())
		}
	}()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
