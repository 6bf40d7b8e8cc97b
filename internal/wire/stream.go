package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// ErrStop is what a consumer of [Stream] returns to end it early without a failure.
var ErrStop = errors.New("stop")

// Stream reads a list answer element by element, handing each to take as soon as its bytes have arrived. Of an element
// only the structure has been looked at: take has to find what else is wrong with it, and may keep none of it. The
// Envelope tells what stood around the list; its Data is always nil. An error of take ends the stream and is
// returned, [ErrStop] as nil; any other failure is [ErrNotEnvelope].
//
// Visit, which may be nil, sees the members of the envelope: "data" before its elements and without a value.
func Stream(r io.Reader, take func(json.RawMessage) error, visit func(name string, value json.RawMessage)) (Envelope, error) {
	s := stream{source: source{r: r}, take: take, visit: visit}
	s.body()
	switch {
	case errors.Is(s.taken, ErrStop):
		return Envelope{}, nil
	case s.taken != nil:
		return Envelope{}, s.taken
	case !s.ended(): // reading to the end also frees the connection for another request
		return Envelope{}, ErrNotEnvelope
	}
	around := s.around.envelope(nil)
	around.Data = nil
	return around, nil
}

type stream struct {
	source

	take   func(json.RawMessage) error
	visit  func(name string, value json.RawMessage)
	taken  error
	around members
}

// What stands for the list in the envelope around it, since the list itself is not kept.
var (
	noList    = json.RawMessage("null")
	emptyList = json.RawMessage("[]")
	fullList  = json.RawMessage("[0]")
)

func (s *stream) body() {
	switch s.next() {
	case '[':
		s.elements()
	case '{':
		s.object()
	default:
		s.failed = true
	}
}

func (s *stream) object() {
	s.pass('{')
	for i := 0; s.taken == nil && s.more(i, '}'); i++ {
		var name string
		if json.Unmarshal(s.value(), &name) != nil || !s.pass(':') {
			s.failed = true
			return
		}
		s.field(strings.ToLower(name))
	}
	s.failed = s.failed || s.around.bare()
}

// field reads one value, the list or something around it.
func (s *stream) field(name string) {
	if name == "data" {
		s.list()
		return
	}
	value := bytes.Clone(s.value())
	s.failed = s.failed || !json.Valid(value)
	s.show(name, value)
	s.around.set(name, value)
}

func (s *stream) list() {
	if s.around.data != nil {
		s.failed = true // which of the two would it be?
		return
	}
	s.show("data", nil)
	if s.next() == '[' {
		s.elements()
		return
	}
	s.around.data = noList
	s.failed = s.failed || string(s.value()) != string(noList)
}

func (s *stream) show(name string, value json.RawMessage) {
	if s.visit != nil && !s.failed {
		s.visit(name, value)
	}
}

func (s *stream) elements() {
	s.around.data = emptyList
	s.pass('[')
	for i := 0; s.taken == nil && s.more(i, ']'); i++ {
		s.around.data = fullList
		switch element := s.value(); {
		case len(element) == 0:
			s.failed = true
		case !isNull(element):
			s.taken = s.take(element)
		}
	}
}
