package qrimage

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// maxCanvas is the side in pixels above which an image is scaled down before the search.
const maxCanvas = 2048

// canvas is an image with one value per pixel, row by row.
type canvas struct {
	width, height int
	pixels        []uint8
	work          *budget
}

// channel holds the weights of red, green and blue; they sum to 256.
type channel [3]uint32

// brightness is the luma of ITU-R BT.601.
var (
	brightness = channel{77, 150, 29}
	red        = channel{256, 0, 0}
	green      = channel{0, 256, 0}
	blue       = channel{0, 0, 256}
)

// inColours returns the image at the scale of the search.
func inColours(picture image.RGBA64Image) *image.RGBA {
	box := picture.Bounds()
	shrink := (max(box.Dx(), box.Dy()) + maxCanvas - 1) / maxCanvas
	colours := image.NewRGBA(image.Rect(0, 0, box.Dx()/shrink, box.Dy()/shrink))
	if shrink == 1 {
		draw.Draw(colours, colours.Rect, picture, box.Min, draw.Src)
		return colours
	}
	for y := range colours.Rect.Dy() {
		for x := range colours.Rect.Dx() {
			colours.SetRGBA(x, y, mean(picture, box.Min.Add(image.Pt(x, y).Mul(shrink)), shrink))
		}
	}
	return colours
}

// mean averages four samples of a square, whatever its size.
func mean(picture image.RGBA64Image, corner image.Point, side int) color.RGBA {
	var sums [4]uint32
	for i := range 4 {
		p := picture.RGBA64At(corner.X+i%2*side/2, corner.Y+i/2*side/2)
		sums = [4]uint32{sums[0] + uint32(p.R), sums[1] + uint32(p.G), sums[2] + uint32(p.B), sums[3] + uint32(p.A)}
	}
	part := func(sum uint32) uint8 { return uint8(sum >> 10 & 0xff) } // a quarter of the sum, reduced from 16 to 8 bits
	return color.RGBA{part(sums[0]), part(sums[1]), part(sums[2]), part(sums[3])}
}

// isGrey reports whether all channels are equal.
func isGrey(colours *image.RGBA) bool {
	for at := 0; at < len(colours.Pix); at += 4 {
		if p := colours.Pix[at : at+3]; p[0] != p[1] || p[1] != p[2] {
			return false
		}
	}
	return true
}

// newCanvas weighs the channels into one value per pixel, with white or black behind transparent pixels.
func newCanvas(colours *image.RGBA, onWhite bool, weights channel, work *budget) *canvas {
	c := &canvas{width: colours.Rect.Dx(), height: colours.Rect.Dy(), work: work}
	c.pixels = make([]uint8, c.width*c.height)
	work.spend(len(c.pixels))
	for i := range c.pixels {
		p := colours.Pix[4*i : 4*i+4]
		light := (weights[0]*uint32(p[0]) + weights[1]*uint32(p[1]) + weights[2]*uint32(p[2])) >> 8
		if onWhite {
			light += math.MaxUint8 - uint32(p[3])
		}
		c.pixels[i] = uint8(min(light, math.MaxUint8))
	}
	return c
}

// halved returns the image at half the scale.
func (c *canvas) halved() *canvas {
	half := &canvas{width: c.width / 2, height: c.height / 2, work: c.work}
	c.work.spend(len(c.pixels))
	half.pixels = make([]uint8, 0, half.width*half.height)
	for y := range half.height {
		upper, lower := c.pixels[2*y*c.width:], c.pixels[(2*y+1)*c.width:]
		for x := range half.width {
			sum := uint32(upper[2*x]) + uint32(upper[2*x+1]) + uint32(lower[2*x]) + uint32(lower[2*x+1])
			half.pixels = append(half.pixels, uint8(sum/4&0xff))
		}
	}
	return half
}

// thresholds returns Otsu's threshold, and those of the two groups it separates: a code on a card needs another
// threshold than the page around it.
func (c *canvas) thresholds() []uint8 {
	c.work.spend(len(c.pixels))
	var h histogram
	for _, light := range c.pixels {
		h[light]++
	}
	middle := h.threshold(0, len(h))
	return []uint8{uint8(middle & 0xff), uint8(h.threshold(0, middle) & 0xff), uint8(h.threshold(middle, len(h)) & 0xff)}
}

// histogram counts pixels by brightness.
type histogram [math.MaxUint8 + 1]float64

// threshold returns the brightness that best separates the pixels of a range (Otsu's method).
func (h *histogram) threshold(from, to int) int {
	all, total := 0.0, 0.0
	for i := from; i < to; i++ {
		all += h[i]
		total += h[i] * float64(i)
	}
	best, below, totalBelow, threshold := 0.0, 0.0, 0.0, from
	for i := from; i < to; i++ {
		below += h[i]
		totalBelow += h[i] * float64(i)
		if below == 0 || below == all {
			continue
		}
		apart := totalBelow/below - (total-totalBelow)/(all-below)
		if between := below * (all - below) * apart * apart; between > best {
			best, threshold = between, i+1
		}
	}
	return threshold
}
