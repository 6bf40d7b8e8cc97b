package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// picture renders a drawing of half blocks as a terminal does, with cells of 6 by 12 pixels.
func picture(drawing string, ink, paper color.Gray) image.Image {
	const cell, margin = 6, 8
	lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
	columns := len([]rune(lines[0]))
	all := image.NewGray(image.Rect(0, 0, (columns+2*margin)*cell, 2*(len(lines)+margin)*cell))
	for y := range all.Rect.Dy() {
		for x := range all.Rect.Dx() {
			all.SetGray(x, y, paper)
			row, column := y/(2*cell)-margin/2, x/cell-margin
			if row < 0 || row >= len(lines) || column < 0 || column >= columns {
				continue
			}
			glyph := []rune(lines[row])[column]
			upper := y%(2*cell) < cell
			if glyph == '█' || glyph == '▀' && upper || glyph == '▄' && !upper {
				all.SetGray(x, y, ink)
			}
		}
	}
	return all
}

func TestInvert_canBeScannedOnDarkAndLight(t *testing.T) {
	t.Parallel()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	t.Cleanup(srv.Close)
	id := srv.AddDevice(whatspie.Device{})
	code, err := srv.Client().Devices.QR(t.Context(), id)
	require.NoError(t, err)
	want, _ := srv.QRPayload(id)
	drawing, err := draw(demo.App{Size: func() (int, int, bool) { return 120, 50, true }, UTF8: true}, code)
	require.NoError(t, err)
	black, white := color.Gray{}, color.Gray{Y: 255}
	for name, colors := range map[string][2]color.Gray{"dark": {white, black}, "light": {black, white}} {
		file := filepath.Join(t.TempDir(), name+".png")
		out, err := os.Create(file)
		require.NoError(t, err)
		require.NoError(t, png.Encode(out, picture(drawing, colors[0], colors[1])))
		require.NoError(t, out.Close())
		read, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Stest-inverted", file).Output()
		require.NoError(t, err, name)
		assert.Equal(t, want+"\n", string(read), name)
	}
}
