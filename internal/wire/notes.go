package wire

// NoteKind is a kind of drift, like whatspie.DriftKind.
type NoteKind byte

// The kinds of drift.
const (
	UnknownField NoteKind = iota
	UnknownValue
	WrongType
)

// Note is one place in a response that drifted. It contains no value.
type Note struct {
	// Path is a JSONPath.
	Path string
	Kind NoteKind
}

// notes collects the drift that a Reader finds, without duplicates. A nil *notes collects nothing.
type notes struct {
	found []Note
	seen  map[Note]bool
	// path is that of the object or array that is being read. step and key are the position of the next value in it.
	path, key []byte
	step      step
	keyCopy   []byte
}

// step is a kind of step of a JSONPath.
type step byte

const (
	root step = iota
	member
	element
)

// maxNotes limits the notes of one response.
const maxNotes = 1000

// NoteUnknown notes that the field of the next value is undocumented.
func (r *Reader) NoteUnknown() {
	if r.notes != nil {
		r.notes.add(UnknownField)
	}
}

// NoteNextType notes that the next value is not of the documented type, unless it is empty.
func (r *Reader) NoteNextType() {
	if r.notes != nil && !r.IsEmpty() {
		r.notes.add(WrongType)
	}
}

// NoteLastType notes that the value just read was not of the documented type.
func (r *Reader) NoteLastType() {
	if r.notes != nil {
		r.notes.add(WrongType)
	}
}

func newNotes(noteDrift bool) *notes {
	if !noteDrift {
		return nil
	}
	return &notes{}
}

// reset discards the notes, to read the body again.
func (n *notes) reset() {
	if n != nil {
		n.found, n.step, n.path = nil, root, n.path[:0]
		clear(n.seen)
	}
}

// setMember moves to a member of the current object. The key is copied if its bytes will be overwritten.
func (n *notes) setMember(key []byte, overwritten bool) {
	switch {
	case n == nil:
		return
	case overwritten:
		n.keyCopy = append(n.keyCopy[:0], key...)
		n.key = n.keyCopy
	default:
		n.key = key
	}
	n.step = member
}

// setElement moves to the next element of the current array.
func (n *notes) setElement() {
	if n != nil {
		n.step = element
	}
}

// position is what leave needs to return to the parent: the step to the child, and its range in the path.
type position struct {
	start, end int
	step       step
}

// enter descends into the next value, which is an object or an array.
func (n *notes) enter() position {
	if n == nil {
		return position{}
	}
	p := position{start: len(n.path), step: n.step}
	n.path = n.appendStep(n.path)
	p.end = len(n.path)
	return p
}

// leave returns to the parent.
func (n *notes) leave(p position) {
	if n == nil {
		return
	}
	if n.step = p.step; p.step == member {
		n.key = n.path[p.start+1 : p.end : p.end]
	}
	n.path = n.path[:p.start]
}

// add notes drift of the given kind at the next value.
func (n *notes) add(kind NoteKind) {
	path := n.appendStep(n.path)
	n.path = path[:len(n.path)]
	if n.seen[Note{string(path), kind}] || len(n.found) >= maxNotes {
		return
	}
	if n.seen == nil {
		n.seen = map[Note]bool{}
	}
	note := Note{string(path), kind}
	n.seen[note] = true
	n.found = append(n.found, note)
}

func (n *notes) appendStep(path []byte) []byte {
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
	const maxLength = 64
	if len(key) == 0 || len(key) > maxLength || isDigit(key[0]) {
		return false
	}
	for _, c := range key {
		if letter := c | 0x20; c != '_' && !isDigit(c) && (letter < 'a' || letter > 'z') {
			return false
		}
	}
	return true
}
