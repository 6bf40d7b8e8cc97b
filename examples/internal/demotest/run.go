// Package demotest runs an example in tests: in-process with a simulated environment, or as a process.
package demotest

import (
	"context"
	"errors"
	"io"
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

// Environment is the environment of a program. The zero Environment is a pipe without a token.
type Environment struct {
	// Columns and Rows are the size of the terminal, 0 without one.
	Columns, Rows int
	// URL and Token are the base URL and token in the environment.
	URL, Token string
	// NoUTF8 and NoColors disable features of the terminal.
	NoUTF8, NoColors bool
	// Print, if set, receives all output to Stdout so far after each write.
	Print func(all string)
	// Full makes writes to Stdout fail.
	Full bool
}

// With returns the environment of an account on srv.
func With(srv *whatspietest.Server) Environment { return Environment{URL: srv.URL, Token: srv.Token} }

// Run runs a program with the given arguments.
func Run(
	ctx context.Context, tb testing.TB, program func(context.Context, demo.App) error, in Environment, args ...string,
) Result {
	tb.Helper()
	stdout, stderr := Buffer{written: in.Print}, Buffer{}
	app := demo.App{
		Name: "example", Args: args, Stdout: full{&stdout, in.Full}, Stderr: &stderr,
		Size: func() (int, int, bool) { return in.Columns, in.Rows, in.Columns > 0 },
		UTF8: !in.NoUTF8, Colors: !in.NoColors,
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
