package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestQR_drawsCode(t *testing.T) {
	t.Parallel()
	got := demotest.Exec(t, nil)
	assert.Equal(t, 0, got.Code)
	assert.Greater(t, strings.Count(got.Stdout, "\n"), 20)
	assert.Contains(t, got.Stdout, "█▀▀▀▀▀█")
}

func TestQR_writesPrivateFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "code.png")
	require.NoError(t, os.WriteFile(file, nil, 0o644)) //nolint:gosec // the mode must change
	got := demotest.Exec(t, nil, "-png", file)
	assert.Equal(t, 0, got.Code)
	assert.Empty(t, got.Stdout)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "\x89PNG", string(written[:4]))
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got = demotest.Exec(t, nil, "-png", filepath.Join(file, "not-a-directory"))
	assert.Equal(t, 1, got.Code)
}

func TestQR(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	account := demotest.Account(srv)
	const needsID = "qr needs -id with a positive number, and takes no arguments."
	tests := map[string]struct {
		env  []string
		args []string
		code int
		want string
	}{
		"connected":          {nil, []string{"-id", "1"}, 1, "A phone is already connected to this device."},
		"unknown":            {nil, []string{"-id", "9"}, 1, "The account has no device 9."},
		"negative":           {nil, []string{"-id", "-1"}, 2, needsID},
		"account, no device": {account, nil, 2, needsID},
		"unknown flag":       {nil, []string{"-bogus"}, 2, "not defined: -bogus"},
		"help":               {nil, []string{"-h"}, 0, "qr shows the QR code that connects a phone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := demotest.Exec(t, test.env, test.args...)
			assert.Equal(t, test.code, got.Code)
			assert.Empty(t, got.Stdout)
			assert.Equal(t, 1, strings.Count(got.Stderr, test.want), got.Stderr)
		})
	}
}

func TestQR_printsLink(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	t.Cleanup(srv.Close)
	srv.AddDevice(whatspie.Device{ID: 2})
	srv.Inject(whatspietest.Fault{Body: `{"status":200,"data":{"qr":"https://example.com/code.png"}}`})
	got := demotest.Exec(t, demotest.Account(srv), "-id", "2")
	assert.Equal(t, "The API sent a link to the code: \"https://example.com/code.png\"\n", got.Stdout)
}

func TestQR_fitsTerminal(t *testing.T) {
	t.Parallel()
	const halfBlocks, sextants, page = "█▀▀▀▀▀█", "\U0001fb02", "http://127.0.0.1:"
	tests := map[string]struct {
		columns, rows uint16
		env           string
		want          string
	}{
		"large":              {120, 50, "LC_ALL=C.UTF-8", halfBlocks},
		"default":            {80, 24, "LC_ALL=C.UTF-8", sextants},
		"narrow":             {30, 50, "LC_ALL=C.UTF-8", page},
		"low":                {120, 15, "LC_ALL=C.UTF-8", page},
		"no UTF-8":           {120, 50, "LC_ALL=C", page},
		"locale in LC_CTYPE": {120, 50, "LC_CTYPE=de_DE.utf8", halfBlocks},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer()
			t.Cleanup(srv.Close)
			srv.AddDevice(whatspie.Device{})
			env := append(demotest.Account(srv), test.env)
			if !strings.HasPrefix(test.env, "LC_ALL") {
				env = append(env, "LC_ALL=")
			}
			terminal := demotest.InTerminal(t, test.columns, test.rows, env, "-id", "1")
			isShown := func() bool { return strings.Contains(terminal.Shown(), test.want) }
			require.Eventually(t, isShown, 20*time.Second, time.Millisecond)
			if test.want != page {
				assert.Equal(t, 0, terminal.Wait().Code)
				return
			}
			assert.NotContains(t, terminal.Shown(), halfBlocks)
			url := regexp.MustCompile(`http://\S+/`).FindString(terminal.Shown())
			status, _ := demotest.Fetch(t, url, "")
			assert.Equal(t, http.StatusOK, status)
			srv.Scan(1)
			assert.Equal(t, 0, terminal.Wait().Code)
			assert.Contains(t, terminal.Shown(), "Connected.")
		})
	}
}
