package qrimage

import (
	"crypto/sha256"
	"encoding/binary"
)

// A QR code of version v has 17+4v modules per side.
const (
	minSize    = 21
	maxSize    = 177
	sizeStep   = 4
	finderSize = 7 // modules per side of a finder pattern
	timingLine = 6 // row and column of the timing patterns
)

// Grid holds the modules of a QR code, row by row, without the quiet zone.
type Grid struct {
	size int
	dark []bool
}

// Key identifies a code: equal keys mean equal modules, however they are drawn. The code cannot be recovered from it.
type Key [sha256.Size]byte

// Key returns the key of the code.
func (g *Grid) Key() Key {
	modules := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(g.dark)), uint64(g.size)) //nolint:gosec // 21 to 177
	for _, dark := range g.dark {
		if dark {
			modules = append(modules, 1)
		} else {
			modules = append(modules, 0)
		}
	}
	return sha256.Sum256(modules)
}

// at reports whether a module is dark; modules outside the code are light.
func (g *Grid) at(x, y int) bool {
	return x >= 0 && y >= 0 && x < g.size && y < g.size && g.dark[y*g.size+x]
}

// restorePatterns overwrites the finder and timing patterns with their known values, which styles and logos may
// obscure.
func (g *Grid) restorePatterns() {
	far := g.size - finderSize
	for i := finderSize; i < far; i++ {
		g.dark[timingLine*g.size+i], g.dark[i*g.size+timingLine] = i%2 == 0, i%2 == 0
	}
	for _, corner := range [][2]int{{0, 0}, {far, 0}, {0, far}} {
		for y := max(0, corner[1]-1); y <= min(corner[1]+finderSize, g.size-1); y++ {
			for x := max(0, corner[0]-1); x <= min(corner[0]+finderSize, g.size-1); x++ {
				g.dark[y*g.size+x] = isFinderDark(x-corner[0], y-corner[1])
			}
		}
	}
}

// isFinderDark reports whether a module of a finder pattern, or next to it, is dark: those of the ring and the block.
func isFinderDark(x, y int) bool {
	fromCenter := max(abs(x-finderSize/2), abs(y-finderSize/2))
	return fromCenter != 2 && fromCenter <= 3
}

func abs(n int) int { return max(n, -n) }
