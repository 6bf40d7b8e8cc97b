//go:build interop

package qrimage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// sample is one code to make: what it says, and how its image looks.
type sample struct {
	File     string `json:"file"`
	Payload  string `json:"payload"`
	Version  int    `json:"version"`
	Scale    int    `json:"scale"`
	Margin   int    `json:"margin"`
	Inverted bool   `json:"inverted"`
}

// samples are every version with every scale, the margins in turn, every seventh inverted.
func samples(dir, encoder string, first int) []sample {
	var all []sample
	for version := 1; version <= len(byteCapacity); version++ {
		for scale := 1; scale <= 12; scale++ {
			n := first + len(all)
			all = append(all, sample{
				File:     filepath.Join(dir, fmt.Sprintf("%s-%05d.png", encoder, n)),
				Payload:  payload(version, n),
				Version:  version,
				Scale:    scale,
				Margin:   (version + scale) % 5,
				Inverted: n%7 == 0,
			})
		}
	}
	return all
}

// The drawing of codes by three independent encoders is read back by an independent decoder.
func TestInteropTerminalDrawingsScan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	encoders := []struct {
		name   string
		encode func(*testing.T, []sample)
	}{
		{"qrencode", encodeWithQrencode},
		{"npm-qrcode", encodeWithNode},
		{"rsc.io-qr", encodeWithGo},
	}
	var all []sample
	for _, encoder := range encoders {
		made := samples(dir, encoder.name, len(all))
		encoder.encode(t, made)
		all = append(all, made...)
	}
	all = append(all, unevenSamples(t, dir, len(all))...)
	want := make([]string, 0, len(all))
	for _, s := range all {
		want = append(want, s.Payload)
		redraw(t, s.File)
	}
	assert.ElementsMatch(t, want, scan(t, dir))
	t.Logf("interop: %d codes of %d encoders drawn, and read back by zbarimg", len(all), len(encoders))
}

func encodeWithQrencode(t *testing.T, samples []sample) {
	t.Helper()
	for _, s := range samples {
		dark, light := "000000", "FFFFFF"
		if s.Inverted {
			dark, light = light, dark
		}
		run(t, nil, "qrencode", "-8", "-l", "L", "-v", strconv.Itoa(s.Version), "-s", strconv.Itoa(s.Scale),
			"-m", strconv.Itoa(s.Margin), "--foreground="+dark, "--background="+light, "-o", s.File, s.Payload)
	}
}

func encodeWithNode(t *testing.T, samples []sample) {
	t.Helper()
	var lines bytes.Buffer
	for _, s := range samples {
		require.NoError(t, json.NewEncoder(&lines).Encode(s))
	}
	run(t, lines.Bytes(), "node", "interop/encode.js")
}

func encodeWithGo(t *testing.T, samples []sample) {
	t.Helper()
	for _, s := range samples {
		dark, light := color.Color(color.Black), color.Color(color.White)
		if s.Inverted {
			dark, light = light, dark
		}
		picture := paint(encode(t, s.Payload), s.Scale, s.Margin, dark, light)
		palettes := image.NewPaletted(picture.Bounds(), color.Palette{light, dark})
		require.NoError(t, os.WriteFile(s.File, pngBytes(t, convert(picture, palettes)), 0o600))
	}
}

// unevenSamples have modules that end within pixels, with grey edges, of two kinds.
func unevenSamples(t *testing.T, dir string, first int) []sample {
	t.Helper()
	var all []sample
	for version := 1; version <= len(byteCapacity); version++ {
		for _, smoothly := range []bool{false, true} {
			n := first + len(all)
			s := sample{File: filepath.Join(dir, fmt.Sprintf("uneven-%05d.png", n)), Payload: payload(version, n)}
			code, margin, module := encode(t, s.Payload), version%5, 1.55+float64(version)/7
			picture := smooth(code, module+0.6, margin)
			if smoothly {
				side := int(module * float64(code.Size+2*margin))
				picture = bilinear(paint(code, 1+version%4, margin, color.Black, color.White), side, side)
			}
			require.NoError(t, os.WriteFile(s.File, pngBytes(t, picture), 0o600))
			all = append(all, s)
		}
	}
	return all
}

// redraw puts a rasterised terminal drawing in the place of an image.
func redraw(t *testing.T, file string) {
	t.Helper()
	made, err := os.ReadFile(file)
	require.NoError(t, err)
	grid, err := qrimage.Find(decoded(t, made))
	require.NoError(t, err, "%s", filepath.Base(file))
	require.NoError(t, os.WriteFile(file, pngBytes(t, rasterise(t, terminal(t, grid))), 0o600))
}

var escape = regexp.MustCompile(`^\x1b\[([0-9;]*)m`)

// rasterise plays a dark green terminal: what is not coloured on purpose does not scan.
func rasterise(t *testing.T, text string) image.Image {
	t.Helper()
	const width, half = 4, 4
	hostile := color.NRGBA{0, 0x40, 0, 0xff}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	columns := len([]rune(plain(lines[0])))
	screen := image.NewNRGBA(image.Rect(0, 0, (columns+8)*width, (len(lines)+4)*2*half))
	draw.Draw(screen, screen.Bounds(), image.NewUniform(hostile), image.Point{}, draw.Src)
	ink, paper := color.Color(hostile), color.Color(hostile)
	for row, line := range lines {
		for column := 0; line != ""; {
			if codes := escape.FindStringSubmatch(line); codes != nil {
				ink, paper = apply(t, codes[1], ink, paper, hostile)
				line = line[len(codes[0]):]
				continue
			}
			character := []rune(line)[0]
			line = line[len(string(character)):]
			for part, dark := range map[int]bool{0: strings.ContainsRune("█▀", character), 1: strings.ContainsRune("█▄", character)} {
				cell := image.Rect(0, part*half, width, (part+1)*half).Add(image.Pt((column+4)*width, (row+2)*2*half))
				fill := paper
				if dark {
					fill = ink
				}
				draw.Draw(screen, cell, image.NewUniform(fill), image.Point{}, draw.Src)
			}
			column++
		}
	}
	return screen
}

// apply knows what the drawing may use: a colour of the 256-colour palette, and reset.
func apply(t *testing.T, codes string, ink, paper, hostile color.Color) (newInk, newPaper color.Color) {
	t.Helper()
	palette := map[string]color.Color{"16": color.Black, "231": color.White}
	parts := strings.Split(codes, ";")
	for len(parts) > 0 {
		switch {
		case parts[0] == "0":
			ink, paper, parts = hostile, hostile, parts[1:]
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

// scan reads every image of a folder, some at a time.
func scan(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	require.NoError(t, err)
	var read []string
	for batch := range slices.Chunk(files, 100) {
		args := append([]string{"-q", "--raw", "-Sdisable", "-Sqrcode.enable"}, batch...)
		read = append(read, strings.Split(strings.TrimSuffix(run(t, nil, "zbarimg", args...), "\n"), "\n")...)
	}
	return read
}

func run(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, "%s: %s", name, stderr.String())
	return string(out)
}
