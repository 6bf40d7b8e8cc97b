package wire

// The kinds of drift, in the words of whatspie.DriftKind.
const (
	UnknownField = "unknown field"
	UnknownValue = "unknown value"
	WrongType    = "type"
)

// Note is one place that drifted: a JSONPath and one of the kinds above. It contains no value.
type Note struct{ Path, Kind string }

// Notes collects what a Reader found, without duplicates. A nil *Notes collects nothing.
type Notes struct {
	Found []Note

	seen map[Note]bool
	// path is the object or array being read; key or element is the position in it.
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

// reset discards the notes.
func (n *Notes) reset() {
	if n != nil {
		n.Found, n.step, n.path = nil, root, n.path[:0]
		clear(n.seen)
	}
}

// at records the current member. A key that will be overwritten is copied.
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

// place is a saved position, to return to after a nested object or array.
type place struct {
	from, to int
	step     step
}

// enter descends into the next value.
func (n *Notes) enter() place {
	if n == nil {
		return place{}
	}
	p := place{from: len(n.path), step: n.step}
	n.path = n.appendStep(n.path)
	p.to = len(n.path)
	return p
}

// leave returns to the parent.
func (n *Notes) leave(p place) {
	if n == nil {
		return
	}
	if n.step = p.step; p.step == member {
		n.key = n.path[p.from+1 : p.to : p.to]
	}
	n.path = n.path[:p.from]
}

// add notes the kind for the next value.
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
	default: // an unknown key may be a secret value
		return append(path, ".*"...)
	}
}

// isName reports whether a JSONPath can contain the key unescaped.
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
