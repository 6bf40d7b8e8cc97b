package qrimage

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// maxSide is the side in pixels above which an image is scaled down before the search.
const maxSide = 2048

// grayImage is an image with one brightness per pixel, row by row. Work counts the steps of the search.
type grayImage struct {
	width, height int
	pixels        []uint8
	work          *budget
}

// channel holds the weights of red, green and blue; they sum to 256.
type channel [3]uint32

// The conversions to gray.
var (
	luma  = channel{77, 150, 29} // ITU-R BT.601
	red   = channel{256, 0, 0}
	green = channel{0, 256, 0}
	blue  = channel{0, 0, 256}
)

// scaleDown returns the image with at most maxSide pixels per side.
func scaleDown(picture image.RGBA64Image) *image.RGBA {
	bounds := picture.Bounds()
	factor := (max(bounds.Dx(), bounds.Dy()) + maxSide - 1) / maxSide
	scaled := image.NewRGBA(image.Rect(0, 0, bounds.Dx()/factor, bounds.Dy()/factor))
	if factor == 1 {
		draw.Draw(scaled, scaled.Rect, picture, bounds.Min, draw.Src)
		return scaled
	}
	for y := range scaled.Rect.Dy() {
		for x := range scaled.Rect.Dx() {
			scaled.SetRGBA(x, y, mean(picture, bounds.Min.Add(image.Pt(x, y).Mul(factor)), factor))
		}
	}
	return scaled
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

// isGray reports whether all channels are equal.
func isGray(picture *image.RGBA) bool {
	for i := 0; i < len(picture.Pix); i += 4 {
		if p := picture.Pix[i : i+3]; p[0] != p[1] || p[1] != p[2] {
			return false
		}
	}
	return true
}

// newGrayImage weighs the channels into one brightness per pixel, with white or black behind transparent pixels.
func newGrayImage(picture *image.RGBA, onWhite bool, weights channel, work *budget) *grayImage {
	g := &grayImage{width: picture.Rect.Dx(), height: picture.Rect.Dy(), work: work}
	g.pixels = make([]uint8, g.width*g.height)
	work.spend(len(g.pixels))
	for i := range g.pixels {
		p := picture.Pix[4*i : 4*i+4]
		value := (weights[0]*uint32(p[0]) + weights[1]*uint32(p[1]) + weights[2]*uint32(p[2])) >> 8
		if onWhite {
			value += math.MaxUint8 - uint32(p[3])
		}
		g.pixels[i] = uint8(min(value, math.MaxUint8))
	}
	return g
}

// halved returns the image at half the scale.
func (g *grayImage) halved() *grayImage {
	half := &grayImage{width: g.width / 2, height: g.height / 2, work: g.work}
	g.work.spend(len(g.pixels))
	half.pixels = make([]uint8, 0, half.width*half.height)
	for y := range half.height {
		upper, lower := g.pixels[2*y*g.width:], g.pixels[(2*y+1)*g.width:]
		for x := range half.width {
			sum := uint32(upper[2*x]) + uint32(upper[2*x+1]) + uint32(lower[2*x]) + uint32(lower[2*x+1])
			half.pixels = append(half.pixels, uint8(sum/4&0xff))
		}
	}
	return half
}

// at returns the brightness of a pixel; a position outside the image stands for the nearest one inside.
func (g *grayImage) at(x, y int) float64 {
	x, y = max(0, min(x, g.width-1)), max(0, min(y, g.height-1))
	return float64(g.pixels[y*g.width+x])
}
