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

// style is how an encoder draws modules and the finder patterns, the eyes. All coordinates are in modules.
type style struct {
	name string
	// module reports whether a point of a dark module is inked; x and y are from 0 to 1.
	module func(n neighbours, x, y float64) bool
	// eye reports whether a point is inked, relative to the eye's centre; nil draws eyes as modules.
	eye func(x, y float64) bool
	// logo is the side of a central logo, as a share of the code.
	logo float64
}

// neighbours reports which adjacent modules are dark.
type neighbours struct{ left, right, above, below bool }

func square(neighbours, float64, float64) bool { return true }

func dot(radius float64) func(neighbours, float64, float64) bool {
	return func(_ neighbours, x, y float64) bool { return math.Hypot(x-0.5, y-0.5) <= radius }
}

func gapped(side float64) func(neighbours, float64, float64) bool {
	return func(_ neighbours, x, y float64) bool { return max(math.Abs(x-0.5), math.Abs(y-0.5)) <= side/2 }
}

// rounded rounds the corners without a dark neighbour.
func rounded(n neighbours, x, y float64) bool {
	joinedX, joinedY := n.right, n.below
	if x < 0.5 {
		joinedX = n.left
	}
	if y < 0.5 {
		joinedY = n.above
	}
	return joinedX || joinedY || dot(0.5)(n, x, y)
}

func verticalBar(n neighbours, x, y float64) bool {
	joined := n.below
	if y < 0.5 {
		joined = n.above
	}
	return math.Abs(x-0.5) <= 0.4 && (joined || dot(0.4)(n, x, y) || math.Abs(y-0.5) <= 0.1)
}

func horizontalBar(n neighbours, x, y float64) bool {
	return verticalBar(neighbours{left: n.above, right: n.below, above: n.left, below: n.right}, y, x)
}

// ringed is an eye whose ring and block have separate shapes.
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
		{name: "square rings, round balls", module: square, eye: ringed(box, circle)},
		{name: "round rings and balls", module: square, eye: ringed(circle, circle)},
		{name: "rounded rings and balls", module: square, eye: ringed(roundBox, roundBox)},
		{name: "leaves for eyes", module: square, eye: ringed(leaf, circle)},
		{name: "rounded modules", module: rounded},
		{name: "dots", module: dot(0.5)},
		{name: "dots, square rings", module: dot(0.45), eye: ringed(box, box)},
		{name: "dots, round rings and balls", module: dot(0.45), eye: ringed(circle, circle)},
		{name: "small dots", module: dot(0.35), eye: ringed(box, circle)},
		{name: "gapped squares", module: gapped(0.8)},
		{name: "vertical bars", module: verticalBar},
		{name: "horizontal bars", module: horizontalBar},
		{name: "logo", module: square, logo: 0.22},
		{name: "logo on dots", module: dot(0.5), eye: ringed(roundBox, circle), logo: 0.2},
	}
}

// inked reports whether a place is inked, in modules from the code's top left corner.
func (s style) inked(code *qr.Code, x, y float64) bool {
	column, row := int(math.Floor(x)), int(math.Floor(y))
	if s.eye != nil {
		far := float64(code.Size)
		for _, centre := range [][2]float64{{3.5, 3.5}, {far - 3.5, 3.5}, {3.5, far - 3.5}} {
			if box(x-centre[0], y-centre[1], 3.5) {
				return s.eye(x-centre[0], y-centre[1])
			}
		}
	}
	around := neighbours{
		left: code.Black(column-1, row), right: code.Black(column+1, row),
		above: code.Black(column, row-1), below: code.Black(column, row+1),
	}
	return code.Black(column, row) && s.module(around, x-math.Floor(x), y-math.Floor(y))
}

// scene is the placement of a code in a picture.
type scene struct {
	pitch  float64 // pixels per module
	margin float64 // modules of paper around the code
	page   float64 // modules of page around the paper
	angle  float64 // degrees

	ink, paper, around color.NRGBA
}

var (
	black = color.NRGBA{A: 0xff}
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// plainScene is black on white, with the standard quiet zone.
func plainScene(pitch float64) scene {
	return scene{pitch: pitch, margin: 4, ink: black, paper: white, around: white}
}

// render draws a code with antialiasing.
func (s style) render(code *qr.Code, in scene) *image.NRGBA {
	const fine = 3
	half := float64(code.Size) / 2
	turn := in.angle * math.Pi / 180
	sin, cos := math.Sin(turn), math.Cos(turn)
	side := int(math.Ceil((2*half + 2*in.margin + 2*in.page) * in.pitch * (math.Abs(cos) + math.Abs(sin))))
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	at := func(px, py float64) color.NRGBA {
		px, py = (px-float64(side)/2)/in.pitch, (py-float64(side)/2)/in.pitch
		x, y := px*cos+py*sin, py*cos-px*sin // relative to the centre of the code
		switch {
		case s.logo > 0 && box(x, y, half*s.logo*0.8):
			return color.NRGBA{0x20, 0x80, 0xd0, 0xff}
		case s.logo > 0 && box(x, y, half*s.logo), box(x, y, half+in.margin) && !s.inked(code, x+half, y+half):
			return in.paper
		case box(x, y, half):
			return in.ink
		default:
			return in.around
		}
	}
	for y := range side {
		for x := range side {
			var sums [3]int
			for i := range fine * fine {
				seen := at(float64(x)+(float64(i%fine)+0.5)/fine, float64(y)+(float64(i/fine)+0.5)/fine)
				sums[0], sums[1], sums[2] = sums[0]+int(seen.R), sums[1]+int(seen.G), sums[2]+int(seen.B)
			}
			mean := func(sum int) uint8 { return uint8(sum / (fine * fine) & 0xff) }
			picture.SetNRGBA(x, y, color.NRGBA{mean(sums[0]), mean(sums[1]), mean(sums[2]), 0xff})
		}
	}
	return picture
}

// scenes are placements in which a code must be found.
func scenes() map[string]func(pitch float64) scene {
	green := color.NRGBA{G: 0x80, A: 0xff} // as bright as red
	return map[string]func(float64) scene{
		"black on white": plainScene,
		"white on black": func(pitch float64) scene {
			return scene{pitch: pitch, margin: 4, ink: white, paper: black, around: black}
		},
		"red on green": func(pitch float64) scene {
			return scene{pitch: pitch, margin: 4, ink: color.NRGBA{R: 0xff, A: 0xff}, paper: green, around: green}
		},
		"no margin on a black card": func(pitch float64) scene {
			return scene{pitch: pitch, page: 5, ink: black, paper: white, around: black}
		},
		"no margin on a grey card": func(pitch float64) scene {
			return scene{pitch: pitch, page: 5, ink: black, paper: white, around: color.NRGBA{60, 60, 60, 0xff}}
		},
		"turned by 3 degrees": func(pitch float64) scene {
			turned := plainScene(pitch)
			turned.angle = 3
			return turned
		},
		"turned on a black card": func(pitch float64) scene {
			return scene{pitch: pitch, margin: 4, page: 3, angle: -3, ink: black, paper: white, around: black}
		},
	}
}

func TestFindReadsStyles(t *testing.T) {
	t.Parallel()
	for where, in := range scenes() {
		for i, s := range styles() {
			if s.logo > 0 {
				continue // no reading is right, because it covers modules
			}
			t.Run(where+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				code := encode(t, payload(2+i%5, i))
				for _, pitch := range []float64{3.3, 6} {
					requireCode(t, code, s.render(code, in(pitch)))
				}
			})
		}
	}
}

// Modules under a logo are read as they look; error correction compensates.
func TestFindReadsAroundALogo(t *testing.T) {
	t.Parallel()
	for _, s := range styles() {
		if s.logo == 0 {
			continue
		}
		code, err := qr.Encode(payload(2, 2), qr.H)
		require.NoError(t, err)
		grid, err := qrimage.Find(s.render(code, plainScene(6)))
		require.NoError(t, err)
		want, got := []rune(drawn(code)), []rune(plain(terminal(t, grid)))
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
