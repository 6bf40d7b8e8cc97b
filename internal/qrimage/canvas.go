package qrimage

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
)

// canvas is an image as brightness, row by row.
type canvas struct {
	width, height int
	pixels        []uint8
	// What is darkest and lightest in each column and row tells where the ink ends, whichever of both it is.
	columns, rows []extremes
}

type extremes struct{ darkest, lightest uint8 }

func (e *extremes) add(light uint8) {
	e.darkest, e.lightest = min(e.darkest, light), max(e.lightest, light)
}

func noExtremes(n int) []extremes { return slices.Repeat([]extremes{{darkest: math.MaxUint8}}, n) }

// newCanvas lays an image on a background, which shows where it is transparent. A row at a time: a large image is
// not copied as a whole.
func newCanvas(picture image.Image, background color.Color) *canvas {
	bounds := picture.Bounds()
	c := &canvas{
		width: bounds.Dx(), height: bounds.Dy(), pixels: make([]uint8, 0, bounds.Dx()*bounds.Dy()),
		columns: noExtremes(bounds.Dx()), rows: noExtremes(bounds.Dy()),
	}
	opaque := image.NewRGBA(image.Rect(0, 0, c.width, 1))
	for y := range c.rows {
		draw.Draw(opaque, opaque.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
		draw.Draw(opaque, opaque.Bounds(), picture, bounds.Min.Add(image.Pt(0, y)), draw.Over)
		for x := range c.columns {
			at := opaque.Pix[4*x : 4*x+3]
			light := brightness(at[0], at[1], at[2])
			c.pixels = append(c.pixels, light)
			c.columns[x].add(light)
			c.rows[y].add(light)
		}
	}
	return c
}

// brightness weighs the colours as the eye does (ITU-R BT.601).
func brightness(r, g, b uint8) uint8 {
	const red, green, blue, all = 299, 587, 114, 1000
	return uint8((red*uint32(r) + green*uint32(g) + blue*uint32(b)) / all & math.MaxUint8)
}

// extremes are those of the whole image.
func (c *canvas) extremes() extremes {
	all := noExtremes(1)[0]
	for _, row := range c.rows {
		all.add(row.darkest)
		all.add(row.lightest)
	}
	return all
}

// tones are the brightness of a code's modules and of what they are on, which may be the darker one.
type tones struct{ ink, paper float64 }

// minContrast is the least difference in brightness that a phone's camera could tell.
const minContrast = 32

func (t tones) visible() bool { return math.Abs(t.ink-t.paper) >= minContrast }

// strength is 1 for ink and 0 for paper.
func (t tones) strength(light uint8) float64 {
	return max(0, min(1, (t.paper-float64(light))/(t.paper-t.ink)))
}

// area is a rectangle whose edges may lie within pixels.
type area struct{ left, top, right, bottom float64 }

// inked is the smallest area around all ink that is at least so strong.
func (c *canvas) inked(t tones, faintest float64) area {
	left, right := edges(c.columns, t, faintest)
	top, bottom := edges(c.rows, t, faintest)
	return area{left, top, right, bottom}
}

// edges is where the ink begins and ends. Smoothing leaves a pixel at the edge as dark as much of it is covered, which
// tells where in the pixel the edge is; the strongest ink of a column stands for its coverage.
func edges(lines []extremes, t tones, faintest float64) (from, to float64) {
	ink := make([]float64, len(lines))
	first, last := -1, -1
	for i, line := range lines {
		ink[i] = max(t.strength(line.darkest), t.strength(line.lightest))
		if ink[i] >= faintest {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	return float64(first+1) - ink[first], float64(last) + ink[last]
}

const (
	// maxSamples bounds the places looked at in a module, each way: more would tell nothing new.
	maxSamples = 6
	// fine is the modules, in pixels, whose neighbours smoothing may mix into all of their pixels.
	fine = 4
)

// module averages the inner half of a module, where neither its neighbours nor smoothing reach.
func (c *canvas) module(a area, t tones, size, x, y int) float64 {
	pitchX, pitchY := (a.right-a.left)/float64(size), (a.bottom-a.top)/float64(size)
	left, top := a.left+(float64(x)+0.5)*pitchX, a.top+(float64(y)+0.5)*pitchY
	if pitchX < fine || pitchY < fine {
		return c.sharpened(t, left, top)
	}
	columns, rows := samples(pitchX), samples(pitchY)
	sum := 0.0
	for row := range rows {
		for column := range columns {
			sum += c.at(t, int(left+offset(column, columns)*pitchX), int(top+offset(row, rows)*pitchY))
		}
	}
	return sum / float64(columns*rows)
}

func samples(pitch float64) int { return max(1, min(maxSamples, int(pitch/2))) }

// offset spreads n places over the inner half of a module, from its centre.
func offset(i, n int) float64 { return ((float64(i)+0.5)/float64(n) - 0.5) / 2 }

// at is the strength of the pixel, or of the nearest one to it.
func (c *canvas) at(t tones, x, y int) float64 {
	x, y = max(0, min(x, c.width-1)), max(0, min(y, c.height-1))
	return t.strength(c.pixels[y*c.width+x])
}

// sharpened is the strength at a place between pixels, less what its neighbours added when the image was smoothed.
func (c *canvas) sharpened(t tones, x, y float64) float64 {
	left, top := math.Floor(x-0.5), math.Floor(y-0.5)
	columns, rows := cubic(x-0.5-left), cubic(y-0.5-top)
	sum := 0.0
	for j, row := range rows {
		for i, column := range columns {
			sum += row * column * c.at(t, int(left)+i-1, int(top)+j-1)
		}
	}
	return sum
}

// cubic weighs four pixels in a row around a place after the second one (Keys' kernel, a = -1, which sharpens).
func cubic(after float64) [4]float64 {
	before := 1 - after
	near := func(d float64) float64 { return (d-2)*d*d + 1 }
	far := func(d float64) float64 { return ((5-d)*d-8)*d + 4 }
	return [4]float64{far(1 + after), near(after), near(before), far(1 + before)}
}
