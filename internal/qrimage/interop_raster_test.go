//go:build interop

package qrimage_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// drawAll finds the code in each image of a folder, draws it in both styles, and writes images of the terminal to two
// folders.
func drawAll(t *testing.T, dir string) (half, compact string) {
	t.Helper()
	half, compact = t.TempDir(), t.TempDir()
	for _, file := range pictures(t, dir) {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		grid, err := qrimage.Find(decode(t, content))
		if err != nil {
			continue // the code is missing from what zbarimg reads
		}
		save := func(folder string, style qrimage.Style, shapes glyphs) {
			var out bytes.Buffer
			require.NoError(t, grid.WriteTerminal(&out, style))
			name := filepath.Join(folder, filepath.Base(file))
			require.NoError(t, os.WriteFile(name, pngBytes(t, shapes.screenshot(t, out.String())), 0o600))
		}
		save(half, qrimage.HalfBlocks(), halfBlocks())
		save(compact, qrimage.Sextants(), sextants())
	}
	return half, compact
}

var escape = regexp.MustCompile(`^\x1b\[([0-9;]*)m`)

// screenshot returns the image of a terminal with cells of 8 by 16 pixels. The terminal's own colors are both dark
// green, so that a drawing scans only if it sets all colors itself.
func (g glyphs) screenshot(t *testing.T, text string) image.Image {
	t.Helper()
	const width, height = 8, 16
	background := color.NRGBA{0, 0x40, 0, 0xff}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	columns := len([]rune(withoutColors(lines[0])))
	screen := image.NewNRGBA(image.Rect(0, 0, (columns+8)*width, (len(lines)+4)*height))
	draw.Draw(screen, screen.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	ink, paper := color.Color(background), color.Color(background)
	for row, line := range lines {
		for column := 0; line != ""; {
			if codes := escape.FindStringSubmatch(line); codes != nil {
				ink, paper = applyEscape(t, codes[1], ink, paper, background)
				line = line[len(codes[0]):]
				continue
			}
			character := []rune(line)[0]
			line = line[len(string(character)):]
			shape := slices.Index(g.all, character)
			require.NotEqual(t, -1, shape, "%q", character)
			for i := range g.columns * g.rows {
				x, y := i%g.columns, i/g.columns
				part := image.Rect(x*width/g.columns, y*height/g.rows, (x+1)*width/g.columns, (y+1)*height/g.rows)
				fill := paper
				if shape>>i&1 == 1 {
					fill = ink
				}
				at := image.Pt((column+4)*width, (row+2)*height)
				draw.Draw(screen, part.Add(at), image.NewUniform(fill), image.Point{}, draw.Src)
			}
			column++
		}
	}
	return screen
}

// applyEscape applies the escape sequences that a drawing may use: black or white of the 256-color palette, and reset.
func applyEscape(t *testing.T, codes string, ink, paper, background color.Color) (newInk, newPaper color.Color) {
	t.Helper()
	palette := map[string]color.Color{"16": color.Black, "231": color.White}
	parts := strings.Split(codes, ";")
	for len(parts) > 0 {
		switch {
		case parts[0] == "0":
			ink, paper, parts = background, background, parts[1:]
		case len(parts) >= 3 && parts[1] == "5" && parts[0] == "38":
			ink, parts = palette[parts[2]], parts[3:]
		case len(parts) >= 3 && parts[1] == "5" && parts[0] == "48":
			paper, parts = palette[parts[2]], parts[3:]
		default:
			require.Fail(t, "unknown escape sequence", codes)
		}
	}
	return ink, paper
}

func pictures(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	return files
}

// scan reads every image of a folder with zbar, in batches.
func scan(t *testing.T, dir string) []string {
	t.Helper()
	var read []string
	for batch := range slices.Chunk(pictures(t, dir), 100) {
		args := append([]string{"-q", "--raw", "-Sdisable", "-Sqrcode.enable"}, batch...)
		read = append(read, strings.Split(strings.TrimSuffix(run(t, nil, "zbarimg", args...), "\n"), "\n")...)
	}
	return read
}

// scanWithNode reads every image of a folder with jsQR.
func scanWithNode(t *testing.T, dir string) []string {
	t.Helper()
	files := strings.Join(pictures(t, dir), "\n")
	return strings.Split(run(t, []byte(files), "node", "interop/decode.js"), "\n")
}

// run runs a command and returns its output.
func run(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	const nothingFound = 4 // zbarimg found no code in one of the images
	var exit *exec.ExitError
	if name == "zbarimg" && errors.As(err, &exit) && exit.ExitCode() == nothingFound {
		err = nil
	}
	require.NoError(t, err, "%s: %s", name, stderr.String())
	return string(out)
}
