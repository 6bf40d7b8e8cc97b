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

var update = flag.Bool("update", false, "update the pictures in docs/images")

func TestPictures_page(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("needs -update")
	}
	s := newSite(t)
	desktop, phone := []action{
		chromedp.EmulateViewport(1000, 620, chromedp.EmulateScale(1.5)), media("prefers-color-scheme", "light"),
	}, []action{
		chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(1.5)),
		media("prefers-color-scheme", "dark"),
	}
	p := open(t, s.url(), desktop...)
	p.waitForView("code")
	save(t, "pair-light.png", p.picture())
	p.do(phone...)
	save(t, "pair-dark-phone.png", p.picture())
	p.do(desktop...)
	s.api.Scan(s.id)
	p.waitForView("connected")
	save(t, "pair-connected.png", p.picture())
}

// TestPictures_states draws a sheet with a column per state and a row per color scheme.
func TestPictures_states(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("needs -update")
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
		state.enter(s)
		p.waitForView(state.view)
		p.waitFor(state.ready)
		add(p)
	}
	s.api.Disconnect(s.id)
	s.api.ClearFaults()
	failed := open(t, s.url(), chromedp.EmulateViewport(360, 600, chromedp.EmulateMobile))
	failed.waitForView("code")
	s.api.Suspend(s.id)
	failed.waitForView("failed")
	add(failed)
	save(t, "pair-states.png", sheet(rows[:]...))
}

func TestPictures_languages(t *testing.T) {
	t.Parallel()
	if !*update {
		t.Skip("needs -update")
	}
	langs := []string{"id", "he"}
	row := make([]image.Image, 0, len(langs))
	for _, lang := range langs {
		s := hebrewSetup().start(t)
		p := open(t, s.url()+"?lang="+lang, chromedp.EmulateViewport(900, 620), media("prefers-color-scheme", "light"))
		p.waitForView("code")
		row = append(row, p.picture())
	}
	save(t, "pair-languages.png", sheet(row))
}

// picture takes a screenshot.
func (p *page) picture() image.Image {
	p.t.Helper()
	file := get(p, chromedp.CaptureScreenshot())
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(p.t, err)
	return picture
}

// sheet arranges pictures of the same size in rows.
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

// save writes a picture to docs/images if -update is set.
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

// paletted reduces a picture to its 256 most frequent colors. The others are at the edges of letters.
func paletted(picture image.Image) *image.Paletted {
	const colors = 256
	bounds := picture.Bounds()
	counts := map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[picture.At(x, y)]++
		}
	}
	mostFrequent := func(a, b color.Color) int { return counts[b] - counts[a] }
	palette := color.Palette(slices.SortedFunc(maps.Keys(counts), mostFrequent))
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
