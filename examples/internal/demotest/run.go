// Package demotest runs an example as a person would, without its process.
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

// Result is what a program left behind.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Setting is where a program runs; the zero Setting is a pipe, and no token in the environment.
type Setting struct {
	// Columns and Rows are the terminal's size, 0 where there is none.
	Columns, Rows int
	// URL and Token stand in the environment as the real API's.
	URL, Token string
	// NoUTF8 and NoColours are what the terminal lacks.
	NoUTF8, NoColours bool
	// Print is given all that was written to Stdout so far, after each write; it may be nil.
	Print func(all string)
	// Full makes writing results fail.
	Full bool
}

// With is a server in the place of the real API.
func With(srv *whatspietest.Server) Setting { return Setting{URL: srv.URL, Token: srv.Token} }

// Run runs a program with arguments.
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

// full is a disk without room, if it is one.
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

// buffer may be written by a program's goroutines.
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
