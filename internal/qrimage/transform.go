package qrimage

import "math"

// point is a position in pixels, or a vector between two positions.
type point struct{ x, y float64 }

func (p point) plus(q point) point    { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) times(n float64) point { return point{p.x * n, p.y * n} }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }
func (p point) dot(q point) float64   { return p.x*q.x + p.y*q.y }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }

// transform maps coordinates in modules to pixels: origin is the code's top left corner, right and down are the vectors
// from a module to the next one. It allows any position, scale and rotation, and different scales in both directions,
// but no perspective.
type transform struct{ origin, right, down point }

func (t transform) pixel(x, y float64) point {
	return t.origin.plus(t.right.times(x)).plus(t.down.times(y))
}

// moduleSize returns the smaller side of a module, in pixels.
func (t transform) moduleSize() float64 { return min(t.right.length(), t.down.length()) }

// rotated returns the transform of the same square for a code that is rotated by 90 degrees more.
func (t transform) rotated(size int) transform {
	return transform{origin: t.pixel(float64(size), 0), right: t.down, down: t.right.times(-1)}
}
