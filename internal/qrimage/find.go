package qrimage

import (
	"errors"
	"image"
)

// ErrNoGrid means that the image shows no complete, undistorted QR code.
var ErrNoGrid = errors.New("no QR code found in the image")

// Find locates a QR code's modules: at any scale from one pixel per module, with or without a quiet zone, inverted or
// colored, rotated by about a multiple of 90 degrees, alone or next to other content.
//
// It converts the image to gray in up to four ways: by brightness and by each color channel. In each gray image it
// first assumes that the code fills the image, then searches for finder patterns. Either gives a transform from modules
// to pixels for each possible size of the code. A size is right if the finder and timing patterns appear at their
// places.
func Find(picture image.Image) (*Grid, error) {
	return search(picture, &budget{left: maxSteps})
}

func search(picture image.Image, work *budget) (*Grid, error) {
	pixels, ok := picture.(image.RGBA64Image) // true for all images of the standard library
	if !ok || !isBounded(pixels.Bounds()) {
		return nil, ErrNoGrid
	}
	scaled := scaleDown(pixels)
	if min(scaled.Rect.Dx(), scaled.Rect.Dy()) < minSize {
		return nil, ErrNoGrid
	}
	for _, onWhite := range backgrounds(scaled) {
		for _, weights := range channels(scaled) {
			if grid := newGrayImage(scaled, onWhite, weights, work).find(); grid != nil {
				return grid, nil
			}
			if work.isSpent() {
				return nil, ErrNoGrid
			}
		}
	}
	return nil, ErrNoGrid
}

// isBounded reports whether the image is not empty and not larger than [Decode] allows.
func isBounded(bounds image.Rectangle) bool {
	width, height := bounds.Dx(), bounds.Dy() // negative for an invalid rectangle
	return width > 0 && height > 0 && width <= maxMemory/height
}

// backgrounds returns what to draw behind a transparent image: white, and black in case the code is white.
func backgrounds(picture *image.RGBA) (onWhite []bool) {
	if picture.Opaque() {
		return []bool{true}
	}
	return []bool{true, false}
}

// channels returns the conversions to gray to try: colors of equal brightness differ in red, green or blue.
func channels(picture *image.RGBA) []channel {
	if isGray(picture) {
		return []channel{luma}
	}
	return []channel{luma, red, green, blue}
}

// find first assumes that the code fills the image, as the API's do.
func (g *grayImage) find() *Grid {
	g.work.spend(len(g.pixels))
	profile := g.profile()
	candidates := profile.tones()
	if len(candidates) == 0 {
		return nil
	}
	if grid := g.findFilling(profile, candidates); grid != nil {
		return grid
	}
	// Halving closes the gaps between modules drawn apart.
	for ; min(g.width, g.height) >= minSize && !g.work.isSpent(); g = g.halved() {
		for _, threshold := range g.thresholds() {
			if grid := g.findByFinderPatterns(threshold); grid != nil {
				return grid
			}
		}
	}
	return nil
}

// findFilling reads a code whose edges are the bounding box of all dark pixels, in every size and rotation.
func (g *grayImage) findFilling(p profile, candidates []tones) *Grid {
	var best reading
	for _, t := range candidates {
		for _, minDarkness := range []float64{0.5, 0.1} {
			box := p.boundingBox(t, minDarkness)
			for size := minSize; size <= maxSize; size += sizeStep {
				placed := box.transform(size)
				if placed.moduleSize() < minModuleSize {
					break
				}
				for range 4 {
					best = best.orClearer(g.read(placed, size))
					if best.clarity > sufficientClarity {
						return best.grid
					}
					placed = placed.rotated(size)
				}
			}
		}
	}
	return best.grid
}

// findByFinderPatterns reads a code next to other content, such as a caption or a border.
func (g *grayImage) findByFinderPatterns(threshold uint8) *Grid {
	for _, patterns := range g.finderPatterns(threshold) {
		for _, c := range allCorners(patterns) {
			var best reading
			for size := minSize; size <= maxSize; size += sizeStep {
				if g.work.isSpent() {
					return nil
				}
				if c.matchesSize(size) {
					best = best.orClearer(g.read(c.transform(size), size))
				}
			}
			if best.grid != nil {
				return best.grid
			}
		}
	}
	return nil
}
