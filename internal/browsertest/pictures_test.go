package browsertest_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "take the pictures in docs/images again")

func TestPictures(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("draws pictures with -update only")
	}
	s := newSite(t)
	p := open(t, s.url(), chromedp.EmulateViewport(1000, 620, chromedp.EmulateScale(1.5)), media("prefers-color-scheme", "light"))
	p.sees("code")
	save(t, "pair-light.png", p.picture())
	p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(1.5)), media("prefers-color-scheme", "dark"))
	save(t, "pair-dark-phone.png", p.picture())
	p.do(chromedp.EmulateViewport(1000, 620, chromedp.EmulateScale(1.5)), media("prefers-color-scheme", "light"))
	s.api.Scan(s.id)
	p.sees("connected")
	save(t, "pair-connected.png", p.picture())
}

// TestPicturesOfStates draws a sheet: a column for each state, a row for each colour scheme.
func TestPicturesOfStates(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("draws pictures with -update only")
	}
	s := languageSetup().start(t)
	s.api.Inject(noCodeFault)
	p := open(t, s.url(), chromedp.EmulateViewport(360, 600, chromedp.EmulateMobile))
	var rows [2][]image.Image
	add := func(p *page) {
		for i, scheme := range []string{"light", "dark"} {
			p.do(media("prefers-color-scheme", scheme))
			rows[i] = append(rows[i], p.picture())
		}
	}
	for _, state := range states {
		state.reach(s)
		p.sees(state.view)
		p.until(state.until)
		add(p)
	}
	s.api.Disconnect(s.id)
	s.api.ClearFaults()
	ended := open(t, s.url(), chromedp.EmulateViewport(360, 600, chromedp.EmulateMobile))
	ended.sees("code")
	s.api.Suspend(s.id)
	ended.sees("failed")
	add(ended)
	save(t, "pair-states.png", sheet(rows[:]...))
}

func TestPicturesOfLanguages(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("draws pictures with -update only")
	}
	langs := []string{"id", "he"}
	row := make([]image.Image, 0, len(langs))
	for _, lang := range langs {
		s := hebrewSetup().start(t)
		p := open(t, s.url()+"?lang="+lang, chromedp.EmulateViewport(900, 620), media("prefers-color-scheme", "light"))
		p.sees("code")
		row = append(row, p.picture())
	}
	save(t, "pair-languages.png", sheet(row))
}

// picture draws the page.
func (p *page) picture() image.Image {
	p.t.Helper()
	file := get(p, chromedp.CaptureScreenshot())
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(p.t, err)
	return picture
}

// sheet puts pictures of one size side by side, and rows below each other.
func sheet(rows ...[]image.Image) image.Image {
	const gap = 8
	size := rows[0][0].Bounds().Size()
	all := image.NewRGBA(image.Rect(0, 0, len(rows[0])*(size.X+gap)-gap, len(rows)*(size.Y+gap)-gap))
	draw.Draw(all, all.Bounds(), image.NewUniform(color.Gray{Y: 0x80}), image.Point{}, draw.Src)
	for y, row := range rows {
		for x, picture := range row {
			at := image.Pt(x*(size.X+gap), y*(size.Y+gap))
			draw.Draw(all, image.Rectangle{at, at.Add(size)}, picture, picture.Bounds().Min, draw.Src)
		}
	}
	return all
}

// save keeps a picture for the documentation, with -update.
func save(t *testing.T, name string, picture image.Image) {
	t.Helper()
	if !*update {
		return
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(t, encoder.Encode(&file, paletted(picture)))
	require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "images", name), file.Bytes(), 0o600))
}

// paletted returns the picture in its 256 most frequent colours. A screen has few others, all at the edges of letters.
func paletted(picture image.Image) *image.Paletted {
	const colors = 256
	bounds := picture.Bounds()
	counts := map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[picture.At(x, y)]++
		}
	}
	palette := color.Palette(slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] }))
	small := image.NewPaletted(bounds, palette[:min(len(palette), colors)])
	indexes := map[color.Color]uint8{}
	for c := range counts {
		indexes[c] = uint8(small.Palette.Index(c)) //nolint:gosec // below 256
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, indexes[picture.At(x, y)])
		}
	}
	return small
}
