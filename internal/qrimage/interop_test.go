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

// sample is a code to generate. The encoders read it as JSON.
type sample struct {
	File     string `json:"file"`
	Payload  string `json:"payload"`
	Version  int    `json:"version"`
	Scale    int    `json:"scale"`
	Margin   int    `json:"margin"`
	Inverted bool   `json:"inverted"`
	Style    string `json:"style"` // of python3-qrcode
}

// samples returns every version in every scale, with different margins, every seventh inverted.
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

// Codes from independent encoders are drawn for a terminal, and an independent decoder reads the drawings.
func TestInterop_terminalDrawings(t *testing.T) {
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
		generated := samples(dir, encoder.name, len(all))
		encoder.encode(t, generated)
		all = append(all, generated...)
	}
	all = append(all, fractionalSamples(t, dir, len(all))...)
	want := make([]string, 0, len(all))
	for _, s := range all {
		want = append(want, s.Payload)
	}
	half, compact := drawAll(t, dir)
	assert.ElementsMatch(t, want, scan(t, half), "half blocks")
	assert.ElementsMatch(t, want, scan(t, compact), "sextants")
	t.Logf("interop: zbarimg read the drawings of %d codes from %d encoders", len(all), len(encoders))
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
	run(t, jsonLines(t, samples), "node", "interop/encode.js")
}

func encodeWithPython(t *testing.T, samples []sample) {
	t.Helper()
	run(t, jsonLines(t, samples), "/usr/bin/python3", "interop/encode.py") // the version that Debian packages support
}

func jsonLines(t *testing.T, samples []sample) []byte {
	t.Helper()
	var lines bytes.Buffer
	for _, s := range samples {
		require.NoError(t, json.NewEncoder(&lines).Encode(s))
	}
	return lines.Bytes()
}

func encodeWithGo(t *testing.T, samples []sample) {
	t.Helper()
	for _, s := range samples {
		dark, light := color.Color(color.Black), color.Color(color.White)
		if s.Inverted {
			dark, light = light, dark
		}
		picture := paint(encode(t, s.Payload), s.Scale, s.Margin, dark, light)
		paletted := image.NewPaletted(picture.Bounds(), color.Palette{light, dark})
		require.NoError(t, os.WriteFile(s.File, pngBytes(t, convert(picture, paletted)), 0o600))
	}
}

// fractionalSamples generates codes with fractional module sizes, scaled in two ways.
func fractionalSamples(t *testing.T, dir string, first int) []sample {
	t.Helper()
	var all []sample
	for version := 1; version <= len(byteCapacity); version++ {
		for _, isBilinear := range []bool{false, true} {
			n := first + len(all)
			s := sample{File: filepath.Join(dir, fmt.Sprintf("fractional-%05d.png", n)), Payload: payload(version, n)}
			code, margin, module := encode(t, s.Payload), version%5, 1.55+float64(version)/7
			picture := antialiased(code, module+0.6, margin)
			if isBilinear {
				side := int(module * float64(code.Size+2*margin))
				picture = bilinear(paint(code, 1+version%4, margin, color.Black, color.White), side, side)
			}
			require.NoError(t, os.WriteFile(s.File, pngBytes(t, picture), 0o600))
			all = append(all, s)
		}
	}
	return all
}
