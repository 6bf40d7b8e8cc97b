package wire

// The ways in which a value differs from the documentation, as users see them.
const (
	UnknownField = "unknown field"
	UnknownValue = "unknown value"
	WrongType    = "type"
)

// Note is one place that drifted: a JSONPath and one of the ways above. It holds no value.
type Note struct{ Path, Kind string }

// Notes are what a Reader found, each once. A nil one takes none.
type Notes struct {
	Found []Note

	seen map[Note]bool
	// path leads to the object or array that is read, and key or element to the value in it.
	path, key []byte
	copied    []byte
	step      step
}

type step byte

const (
	root step = iota
	member
	element
)

const mostNotes = 1000

// reset forgets what was found.
func (n *Notes) reset() {
	if n != nil {
		n.Found, n.step, n.path = nil, root, n.path[:0]
		clear(n.seen)
	}
}

// at is called for each member. A key that does not last is copied.
func (n *Notes) at(key []byte, copied bool) {
	switch {
	case n == nil:
		return
	case copied:
		n.copied = append(n.copied[:0], key...)
		n.key = n.copied
	default:
		n.key = key
	}
	n.step = member
}

func (n *Notes) atElement() {
	if n != nil {
		n.step = element
	}
}

// place is where an object or array stands, for coming back to it.
type place struct {
	from, to int
	step     step
}

// enter makes the value ahead the object or array that is read.
func (n *Notes) enter() place {
	if n == nil {
		return place{}
	}
	p := place{from: len(n.path), step: n.step}
	n.path = n.appendStep(n.path)
	p.to = len(n.path)
	return p
}

// leave makes it a value of its parent again.
func (n *Notes) leave(p place) {
	if n == nil {
		return
	}
	if n.step = p.step; p.step == member {
		n.key = n.path[p.from+1 : p.to : p.to]
	}
	n.path = n.path[:p.from]
}

// add notes the value ahead.
func (n *Notes) add(kind string) {
	full := n.appendStep(n.path)
	n.path = full[:len(n.path)]
	if n.seen[Note{string(full), kind}] || len(n.Found) >= mostNotes {
		return
	}
	if n.seen == nil {
		n.seen = map[Note]bool{}
	}
	note := Note{string(full), kind}
	n.seen[note] = true
	n.Found = append(n.Found, note)
}

func (n *Notes) appendStep(path []byte) []byte {
	switch {
	case n.step == root:
		return append(path, '$')
	case n.step == element:
		return append(path, "[*]"...)
	case isName(n.key):
		return append(append(path, '.'), n.key...)
	default: // it may be anything, even a value
		return append(path, ".*"...)
	}
}

// isName knows what a JSONPath can hold as it is.
func isName(key []byte) bool {
	const longest = 64
	if len(key) == 0 || len(key) > longest || isDigit(key[0]) {
		return false
	}
	for _, c := range key {
		if letter := c | 0x20; c != '_' && !isDigit(c) && (letter < 'a' || letter > 'z') {
			return false
		}
	}
	return true
}
