package demotest

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/whatspie-go/whatspie/whatspietest"
)

// asProgram is the environment variable that makes the test binary run the example instead of the tests.
const asProgram = "WHATSPIE_EXAMPLE_AS_PROGRAM"

// Main runs the tests, or the example if Exec or InTerminal has started this process.
func Main(m *testing.M, program func()) {
	if os.Getenv(asProgram) != "" {
		flag.CommandLine = flag.NewFlagSet("example", flag.ExitOnError) // removes the flags of go test
		flag.CommandLine.Usage = func() { flag.Usage() }
		program()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// Account returns the environment variables of an account on srv.
func Account(srv *whatspietest.Server) []string {
	return []string{"WHATSPIE_API_TOKEN=" + srv.Token, "WHATSPIE_BASE_URL=" + srv.URL}
}

func command(tb testing.TB, env, args []string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	require.NoError(tb, err)
	c := exec.CommandContext(tb.Context(), self, args...)
	c.Env = append(os.Environ(), asProgram+"=1", "WHATSPIE_API_TOKEN=", "WHATSPIE_TOKEN=", "WHATSPIE_BASE_URL=",
		"LC_ALL=C.UTF-8", "TERM=xterm-256color", "NO_COLOR=")
	c.Env = append(c.Env, env...) // later entries win
	return c
}

// Exec runs the example as a process with pipes.
func Exec(tb testing.TB, env []string, args ...string) Result {
	tb.Helper()
	c := command(tb, env, args)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &failed) {
		require.NoError(tb, err)
	}
	return Result{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// Terminal is an example running in a pseudo-terminal.
type Terminal struct {
	Process *os.Process

	tb     testing.TB
	cmd    *exec.Cmd
	screen *os.File
	shown  Buffer
	closed chan struct{}
}

// InTerminal starts the example in a pseudo-terminal of the given size.
func InTerminal(tb testing.TB, columns, rows uint16, env []string, args ...string) *Terminal {
	tb.Helper()
	t := &Terminal{tb: tb, cmd: command(tb, env, args), closed: make(chan struct{})}
	var err error
	t.screen, err = pty.StartWithSize(t.cmd, &pty.Winsize{Rows: rows, Cols: columns})
	require.NoError(tb, err)
	t.Process = t.cmd.Process
	go func() {
		defer close(t.closed)
		_, _ = io.Copy(&t.shown, t.screen) // fails when the program exits
	}()
	tb.Cleanup(func() { _ = t.screen.Close() })
	return t
}

// Shown returns the output so far.
func (t *Terminal) Shown() string { return t.shown.String() }

// Type sends keys, such as "\x03" for Ctrl-C.
func (t *Terminal) Type(keys string) {
	t.tb.Helper()
	_, err := io.WriteString(t.screen, keys)
	require.NoError(t.tb, err)
}

// Signal sends a signal to the program.
func (t *Terminal) Signal(s syscall.Signal) {
	t.tb.Helper()
	require.NoError(t.tb, t.Process.Signal(s))
}

// Wait waits until the program exits, and returns its exit code and output.
func (t *Terminal) Wait() Result {
	t.tb.Helper()
	<-t.closed
	var failed *exec.ExitError
	if err := t.cmd.Wait(); err != nil && !errors.As(err, &failed) {
		require.NoError(t.tb, err)
	}
	return Result{t.cmd.ProcessState.ExitCode(), t.shown.String(), ""}
}
