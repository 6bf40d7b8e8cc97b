package qrimage_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// style is how an encoder draws a code. All coordinates are in modules.
type style struct {
	name string
	// module reports whether a point of a dark module is drawn; x and y are from 0 to 1.
	module func(n neighbors, x, y float64) bool
	// finder reports whether a point of a finder pattern is drawn, relative to its center; nil draws it as modules.
	finder func(x, y float64) bool
	// logo is the side of a central logo, as a share of the code.
	logo float64
}

// neighbors reports which adjacent modules are dark.
type neighbors struct{ left, right, above, below bool }

func square(neighbors, float64, float64) bool { return true }

func dot(radius float64) func(neighbors, float64, float64) bool {
	return func(_ neighbors, x, y float64) bool { return math.Hypot(x-0.5, y-0.5) <= radius }
}

func gapped(side float64) func(neighbors, float64, float64) bool {
	return func(_ neighbors, x, y float64) bool { return max(math.Abs(x-0.5), math.Abs(y-0.5)) <= side/2 }
}

// rounded rounds the corners without a dark neighbor.
func rounded(n neighbors, x, y float64) bool {
	joinedX, joinedY := n.right, n.below
	if x < 0.5 {
		joinedX = n.left
	}
	if y < 0.5 {
		joinedY = n.above
	}
	return joinedX || joinedY || dot(0.5)(n, x, y)
}

func verticalBar(n neighbors, x, y float64) bool {
	joined := n.below
	if y < 0.5 {
		joined = n.above
	}
	return math.Abs(x-0.5) <= 0.4 && (joined || dot(0.4)(n, x, y) || math.Abs(y-0.5) <= 0.1)
}

func horizontalBar(n neighbors, x, y float64) bool {
	return verticalBar(neighbors{left: n.above, right: n.below, above: n.left, below: n.right}, y, x)
}

// ringed returns a finder pattern whose ring and block have separate shapes.
func ringed(ring func(x, y, radius float64) bool, block func(x, y, radius float64) bool) func(x, y float64) bool {
	return func(x, y float64) bool { return ring(x, y, 3.5) && !ring(x, y, 2.5) || block(x, y, 1.5) }
}

func box(x, y, radius float64) bool    { return max(math.Abs(x), math.Abs(y)) <= radius }
func circle(x, y, radius float64) bool { return math.Hypot(x, y) <= radius }

// roundBox is a box with corners rounded by a quarter of its side.
func roundBox(x, y, radius float64) bool {
	corner := radius / 2
	dx, dy := math.Abs(x)-(radius-corner), math.Abs(y)-(radius-corner)
	return box(x, y, radius) && (dx <= 0 || dy <= 0 || math.Hypot(dx, dy) <= corner)
}

// leaf is a circle with two opposite corners.
func leaf(x, y, radius float64) bool { return circle(x, y, radius) || x*y > 0 && box(x, y, radius) }

func styles() []style {
	return []style{
		{name: "squares", module: square},
		{name: "square rings, round blocks", module: square, finder: ringed(box, circle)},
		{name: "round rings and blocks", module: square, finder: ringed(circle, circle)},
		{name: "rounded rings and blocks", module: square, finder: ringed(roundBox, roundBox)},
		{name: "leaf-shaped finder patterns", module: square, finder: ringed(leaf, circle)},
		{name: "rounded modules", module: rounded},
		{name: "dots", module: dot(0.5)},
		{name: "dots, square rings", module: dot(0.45), finder: ringed(box, box)},
		{name: "dots, round rings and blocks", module: dot(0.45), finder: ringed(circle, circle)},
		{name: "small dots", module: dot(0.35), finder: ringed(box, circle)},
		{name: "gapped squares", module: gapped(0.8)},
		{name: "vertical bars", module: verticalBar},
		{name: "horizontal bars", module: horizontalBar},
		{name: "logo", module: square, logo: 0.22},
		{name: "logo on dots", module: dot(0.5), finder: ringed(roundBox, circle), logo: 0.2},
	}
}

// isDrawn reports whether a point is drawn, in modules from the code's top left corner.
func (s style) isDrawn(code *qr.Code, x, y float64) bool {
	column, row := int(math.Floor(x)), int(math.Floor(y))
	if s.finder != nil {
		far := float64(code.Size)
		for _, center := range [][2]float64{{3.5, 3.5}, {far - 3.5, 3.5}, {3.5, far - 3.5}} {
			if box(x-center[0], y-center[1], 3.5) {
				return s.finder(x-center[0], y-center[1])
			}
		}
	}
	adjacent := neighbors{
		left: code.Black(column-1, row), right: code.Black(column+1, row),
		above: code.Black(column, row-1), below: code.Black(column, row+1),
	}
	return code.Black(column, row) && s.module(adjacent, x-math.Floor(x), y-math.Floor(y))
}

// scene is the placement of a code in a picture.
type scene struct {
	scale  float64 // pixels per module
	margin float64 // modules of paper around the code
	page   float64 // modules of page around the paper
	angle  float64 // degrees

	ink, paper, background color.NRGBA
}

var (
	black = color.NRGBA{A: 0xff}
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// plainScene is black on white, with the standard quiet zone.
func plainScene(scale float64) scene {
	return scene{scale: scale, margin: 4, ink: black, paper: white, background: white}
}

// render draws a code with antialiasing.
func (s style) render(code *qr.Code, in scene) *image.NRGBA {
	const samples = 3 // per pixel in each direction
	half := float64(code.Size) / 2
	angle := in.angle * math.Pi / 180
	sin, cos := math.Sin(angle), math.Cos(angle)
	side := int(math.Ceil((2*half + 2*in.margin + 2*in.page) * in.scale * (math.Abs(cos) + math.Abs(sin))))
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	at := func(px, py float64) color.NRGBA {
		px, py = (px-float64(side)/2)/in.scale, (py-float64(side)/2)/in.scale
		x, y := px*cos+py*sin, py*cos-px*sin // relative to the center of the code
		switch {
		case s.logo > 0 && box(x, y, half*s.logo*0.8):
			return color.NRGBA{0x20, 0x80, 0xd0, 0xff}
		case s.logo > 0 && box(x, y, half*s.logo), box(x, y, half+in.margin) && !s.isDrawn(code, x+half, y+half):
			return in.paper
		case box(x, y, half):
			return in.ink
		default:
			return in.background
		}
	}
	for y := range side {
		for x := range side {
			var sums [3]int
			for i := range samples * samples {
				c := at(float64(x)+(float64(i%samples)+0.5)/samples, float64(y)+(float64(i/samples)+0.5)/samples)
				sums[0], sums[1], sums[2] = sums[0]+int(c.R), sums[1]+int(c.G), sums[2]+int(c.B)
			}
			mean := func(sum int) uint8 { return uint8(sum / (samples * samples) & 0xff) }
			picture.SetNRGBA(x, y, color.NRGBA{mean(sums[0]), mean(sums[1]), mean(sums[2]), 0xff})
		}
	}
	return picture
}

// scenes are placements in which a code must be found.
func scenes() map[string]func(scale float64) scene {
	green := color.NRGBA{G: 0x80, A: 0xff} // as bright as red
	return map[string]func(float64) scene{
		"black on white": plainScene,
		"white on black": func(scale float64) scene {
			return scene{scale: scale, margin: 4, ink: white, paper: black, background: black}
		},
		"red on green": func(scale float64) scene {
			return scene{scale: scale, margin: 4, ink: color.NRGBA{R: 0xff, A: 0xff}, paper: green, background: green}
		},
		"no quiet zone on a black card": func(scale float64) scene {
			return scene{scale: scale, page: 5, ink: black, paper: white, background: black}
		},
		"no quiet zone on a gray card": func(scale float64) scene {
			return scene{scale: scale, page: 5, ink: black, paper: white, background: color.NRGBA{60, 60, 60, 0xff}}
		},
		"rotated by 3 degrees": func(scale float64) scene {
			rotated := plainScene(scale)
			rotated.angle = 3
			return rotated
		},
		"rotated on a black card": func(scale float64) scene {
			return scene{scale: scale, margin: 4, page: 3, angle: -3, ink: black, paper: white, background: black}
		},
	}
}

func TestFind_styles(t *testing.T) {
	t.Parallel()
	for name, in := range scenes() {
		for i, s := range styles() {
			if s.logo > 0 {
				continue // it covers modules, so that no reading can be right
			}
			t.Run(name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				code := encode(t, payload(2+i%5, i))
				for _, scale := range []float64{3.3, 6} {
					requireCode(t, code, s.render(code, in(scale)))
				}
			})
		}
	}
}

// Modules under a logo may be read wrongly; the error correction of scanners compensates for that.
func TestFind_logo(t *testing.T) {
	t.Parallel()
	for _, s := range styles() {
		if s.logo == 0 {
			continue
		}
		code, err := qr.Encode(payload(2, 2), qr.H)
		require.NoError(t, err)
		grid, err := qrimage.Find(s.render(code, plainScene(6)))
		require.NoError(t, err)
		want, got := []rune(wantHalfBlocks(code)), []rune(withoutColors(drawHalfBlocks(t, grid)))
		require.Len(t, got, len(want))
		wrong := 0
		for i := range want {
			if want[i] != got[i] {
				wrong++
			}
		}
		require.Less(t, wrong, code.Size*code.Size/20, s.name)
	}
}
