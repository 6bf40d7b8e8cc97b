//go:build interop

package qrimage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample is a code to generate: its text and style.
type sample struct {
	File     string `json:"file"`
	Payload  string `json:"payload"`
	Version  int    `json:"version"`
	Scale    int    `json:"scale"`
	Margin   int    `json:"margin"`
	Inverted bool   `json:"inverted"`
	Style    string `json:"style"` // of python3-qrcode
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

// Terminal drawings of codes from three independent encoders are read by an independent decoder.
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
	}
	half, compact := redrawn(t, dir)
	assert.ElementsMatch(t, want, scan(t, half), "half blocks")
	assert.ElementsMatch(t, want, scan(t, compact), "sextants")
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

func encodeWithPython(t *testing.T, samples []sample) {
	t.Helper()
	var lines bytes.Buffer
	for _, s := range samples {
		require.NoError(t, json.NewEncoder(&lines).Encode(s))
	}
	run(t, lines.Bytes(), "/usr/bin/python3", "interop/encode.py") // the version that Debian packages support
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
