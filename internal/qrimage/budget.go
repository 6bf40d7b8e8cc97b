package qrimage

// maxSteps is the most that one search takes, well below a second: a step is a pixel looked at, or as much work. The codes that
// are hardest to find need half of it.
const maxSteps = 100_000_000

// budget bounds the work on one picture, whatever it shows.
type budget struct{ left int }

func (b *budget) spend(steps int) { b.left -= steps }

func (b *budget) isSpent() bool { return b.left < 0 }
