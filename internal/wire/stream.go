package wire

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// ErrStop is what a consumer of [Stream] returns to end it early without a failure.
var ErrStop = errors.New("stop")

// Stream reads a list answer element by element, handing each to take as soon as its bytes have arrived. The
// Envelope tells what stood around the list; its Data is always nil. An error of take ends the stream and is
// returned, [ErrStop] as nil; any other failure is [ErrAlien].
//
// Visit, which may be nil, sees the members of the envelope: "data" before its elements and without a value.
func Stream(r io.Reader, take func(json.RawMessage) error, visit func(name string, value json.RawMessage)) (Envelope, error) {
	s := stream{dec: json.NewDecoder(&spaceReader{r: r}), take: take, visit: visit}
	err := s.body()
	switch {
	case s.taken != nil && errors.Is(s.taken, ErrStop):
		return Envelope{}, nil
	case s.taken != nil:
		return Envelope{}, s.taken
	case err != nil:
		return Envelope{}, ErrAlien
	}
	around := s.around.envelope(nil)
	around.Data = nil
	return around, nil
}

type stream struct {
	dec    *json.Decoder
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

func (s *stream) body() error {
	first, err := s.dec.Token()
	switch {
	case err != nil:
	case first == json.Delim('['):
		err = s.elements()
	case first == json.Delim('{'):
		err = s.object()
	default:
		err = ErrAlien
	}
	if err != nil {
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return ErrAlien // reading to the end also frees the connection for another request
	}
	return nil
}

func (s *stream) object() error {
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if err := s.field(strings.ToLower(name)); err != nil {
			return err
		}
	}
	if _, err := s.dec.Token(); err != nil {
		return err
	}
	if s.around.bare() {
		return ErrAlien
	}
	return nil
}

// field reads one value, the list or something around it.
func (s *stream) field(name string) error {
	if name == "data" {
		if s.around.data != nil {
			return ErrAlien // which of the two would it be?
		}
		s.show(name, nil)
		return s.list()
	}
	var value json.RawMessage
	if err := s.dec.Decode(&value); err != nil {
		return err
	}
	s.show(name, value)
	s.around.set(name, value)
	return nil
}

func (s *stream) list() error {
	switch first, err := s.dec.Token(); {
	case err != nil:
		return err
	case first == nil:
		s.around.data = noList
		return nil
	case first == json.Delim('['):
		return s.elements()
	default:
		return ErrAlien
	}
}

func (s *stream) show(name string, value json.RawMessage) {
	if s.visit != nil {
		s.visit(name, value)
	}
}

func (s *stream) elements() error {
	s.around.data = emptyList
	for s.dec.More() {
		s.around.data = fullList
		var element json.RawMessage
		if err := s.dec.Decode(&element); err != nil {
			return err
		}
		if isNull(element) {
			continue
		}
		if s.taken = s.take(element); s.taken != nil {
			return s.taken
		}
	}
	_, err := s.dec.Token()
	return err
}
