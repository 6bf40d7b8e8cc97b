package demotest

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FakeServer is the import path of whatspie-fake, for Build.
const FakeServer = "github.com/whatspie-go/whatspie/cmd/whatspie-fake"

// Build compiles programs and returns their directory.
func Build(tb testing.TB, packages ...string) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	args := append([]string{"build", "-o", dir}, packages...)
	output, err := exec.CommandContext(tb.Context(), "go", args...).CombinedOutput()
	require.NoError(tb, err, string(output))
	return dir
}

// Help returns what the program in the directory of the test prints for -h.
func Help(tb testing.TB, name string) string {
	tb.Helper()
	program := filepath.Join(Build(tb, "."), name)
	output, err := exec.CommandContext(tb.Context(), program, "-h").CombinedOutput()
	require.NoError(tb, err)
	return string(output)
}

// Daemon is a program that runs beside the test.
type Daemon struct {
	Cmd  *exec.Cmd
	logs Buffer
}

// Start starts a program with additional environment variables. It is killed at the end of the test.
func Start(tb testing.TB, env []string, program string, args ...string) *Daemon {
	tb.Helper()
	d := &Daemon{Cmd: exec.CommandContext(context.WithoutCancel(tb.Context()), program, args...)}
	d.Cmd.Env = append(d.Cmd.Environ(), env...)
	d.Cmd.Stderr = &d.logs
	require.NoError(tb, d.Cmd.Start())
	tb.Cleanup(d.Kill)
	return d
}

// Address waits until the program logs NAME=http://HOST:PORT, and returns HOST:PORT.
func (d *Daemon) Address(tb testing.TB, name string) string {
	tb.Helper()
	logged := regexp.MustCompile(`\b` + name + `=http://([0-9.:]+)\s`)
	require.Eventually(tb, func() bool { return logged.MatchString(d.logs.String()) }, 30*time.Second, 10*time.Millisecond,
		"%s is not logged", name)
	return logged.FindStringSubmatch(d.logs.String())[1]
}

// Kill kills the program and waits until it has exited.
func (d *Daemon) Kill() { Kill(d.Cmd) }

// Kill kills a process and waits until it has exited.
func Kill(command *exec.Cmd) {
	_ = command.Process.Kill() // may have exited already
	_ = command.Wait()         // killed
}
