package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestQRDrawsTheCode(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Setting{})
	assert.Equal(t, 0, got.Code)
	assert.Greater(t, strings.Count(got.Stdout, "\n"), 20)
	assert.Contains(t, got.Stdout, "█▀▀▀▀▀█")
}

func TestQRWritesAFileForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "code.png")
	got := demotest.Run(t.Context(), t, run, demotest.Setting{}, "-png", file)
	assert.Equal(t, 0, got.Code)
	assert.Empty(t, got.Stdout)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "\x89PNG", string(written[:4]))
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got = demotest.Run(t.Context(), t, run, demotest.Setting{}, "-png", filepath.Join(file, "below"))
	assert.Equal(t, 1, got.Code)
}

func TestQRPassesOnALink(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer()
	defer srv.Close()
	srv.AddDevice(whatspie.Device{ID: 2})
	srv.Inject(whatspietest.Fault{Body: `{"status":200,"data":{"qr":"https://example.com/code.png"}}`})
	got := demotest.Run(t.Context(), t, run, demotest.With(srv))
	assert.Equal(t, "The API sent a link to the code: https://example.com/code.png\n", got.Stdout)
}

func TestQRExplainsThatAPhoneIsConnected(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Setting{}, "-id", "1")
	assert.Equal(t, 1, got.Code)
	assert.Contains(t, got.Stderr, "A phone is connected to this device already")
}

func TestQRSaysThatATerminalIsTooNarrow(t *testing.T) {
	t.Parallel()
	got := demotest.Run(t.Context(), t, run, demotest.Setting{Columns: 40, Rows: 50})
	assert.Equal(t, 1, got.Code)
	assert.Empty(t, got.Stdout)
	assert.Contains(t, got.Stderr, "this terminal has 40 columns, the code needs 65: enlarge it, or use -png\n")
}
