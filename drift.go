package whatspie

import (
	"errors"
	"sync"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// Drift is one way in which a successful answer differs from the API's documentation. It names the place and holds
// no value.
type Drift struct {
	// Operation is the method and path of the endpoint, numbers in it as {id}: "GET /devices/{id}".
	Operation string
	// Path is the place in the body as a JSONPath (RFC 9535): "$.data[*].server.region". A name that is not made of
	// at most 64 letters, digits and underscores is a wildcard, "$.data.*".
	Path string
	// Kind is how the place differs.
	Kind DriftKind
}

// DriftKind is how an answer differs from the documentation. More kinds may be added.
type DriftKind string

// The kinds of [Drift].
const (
	// DriftUnknownField is a field that the documentation does not have; it was ignored.
	DriftUnknownField DriftKind = "unknown field"
	// DriftUnknownValue is a value that is not among the documented ones of its field; it was kept as sent.
	DriftUnknownValue DriftKind = "unknown value"
	// DriftType is a value of another type or format than documented; it was converted, or left out where it
	// could not be.
	DriftType DriftKind = "type"
)

// WithDriftHandler reports how the API departs from its documentation: each distinct [Drift] once in a client's life,
// up to 1,000, after the call that met it. What is missing, null or empty is not reported. The handler runs on the
// goroutine of the call, or on that of the loops' polls, so several may run at once. Default: nobody looks, at no
// cost.
func WithDriftHandler(handler func(Drift)) Option {
	return func(s *settings) error {
		if handler == nil {
			return errors.New("WithDriftHandler: the handler is nil")
		}
		s.drifts = &drifts{handler: handler, told: map[Drift]bool{}}
		return nil
	}
}

const maxDrifts = 1000

// drifts tells a client's handler of each drift once.
type drifts struct {
	handler func(Drift)

	mu   sync.Mutex
	told map[Drift]bool
}

// tell passes on what is new.
func (d *drifts) tell(drift Drift) {
	if d.isNew(drift) {
		d.handler(drift)
	}
}

func (d *drifts) isNew(drift Drift) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told[drift] || len(d.told) >= maxDrifts {
		return false
	}
	d.told[drift] = true
	return true
}

// notes are what one call gathers; nil if nobody wants to know.
func (d *drifts) notes() *wire.Notes {
	if d == nil {
		return nil
	}
	return &wire.Notes{}
}

// report passes on what a successful call met.
func (d *drifts) report(request transport.Request, came transport.Result, notes *wire.Notes) {
	if d == nil || came.Err != nil || len(notes.Found) == 0 {
		return
	}
	operation := request.Operation()
	for _, note := range notes.Found {
		d.tell(Drift{Operation: operation, Path: came.Hide(note.Path), Kind: DriftKind(note.Kind)})
	}
}
