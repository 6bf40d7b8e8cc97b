package whatspie

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
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
func (d *drifts) tell(found []Drift) {
	for _, drift := range found {
		if d.isNew(drift) {
			d.handler(drift)
		}
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

// inspection compares the answer to one call with its documentation. A nil inspection looks at nothing.
type inspection struct {
	drifts    *drifts
	operation string
	found     []Drift
	seen      map[Drift]bool
	// data is the shape of "data", or of each element of a stream; nil where it is not known.
	data shape
	// stream tells that the answer is one, and enveloped that it has shown an envelope.
	stream, enveloped bool
}

// inspect begins to look at a call; see inspection for the shape.
func (c *Client) inspect(method, path string, data shape) *inspection {
	if c.drifts == nil {
		return nil
	}
	return &inspection{drifts: c.drifts, operation: operation(method, path), data: data, seen: map[Drift]bool{}}
}

// end looks at the answer, unless a stream has shown it already, and reports.
func (i *inspection) end(result transport.Result) {
	if i == nil || result.Err != nil {
		return
	}
	switch {
	case len(result.Body) > 0:
		i.body(bytes.TrimSpace(result.Body), result.Envelope)
	case i.stream && !i.enveloped && result.StatusCode != http.StatusNoContent:
		i.note("$", DriftType)
	}
	for at := range i.found {
		i.found[at].Path = result.Hide(i.found[at].Path)
	}
	i.drifts.tell(i.found)
}

func (i *inspection) body(body json.RawMessage, envelope wire.Envelope) {
	if bare := len(envelope.Data) >= len(body); bare {
		i.note("$", DriftType)
		i.check("$", envelope.Data, i.data)
		return
	}
	for name, value := range wire.Fields(body) {
		i.visit(name, value)
	}
}

// visit looks at one member of the envelope.
func (i *inspection) visit(name string, value json.RawMessage) {
	if i == nil {
		return
	}
	i.enveloped = true
	if name == "data" {
		i.check("$.data", value, i.data)
	} else {
		documentedEnvelope.field(i, "$", name, value)
	}
}

// element looks at one element of a stream.
func (i *inspection) element(value json.RawMessage) {
	if i == nil {
		return
	}
	if i.enveloped {
		i.check("$.data[*]", value, i.data)
		return
	}
	i.note("$", DriftType)
	i.check("$[*]", value, i.data)
}

func (i *inspection) check(path string, value json.RawMessage, want shape) {
	if want != nil && !isAbsent(value) {
		want.check(i, path, value)
	}
}

// note keeps a drift; one call meets few, however long its list is.
func (i *inspection) note(path string, kind DriftKind) {
	drift := Drift{Operation: i.operation, Path: path, Kind: kind}
	if len(i.found) < maxDrifts && !i.seen[drift] {
		i.seen[drift] = true
		i.found = append(i.found, drift)
	}
}

func operation(method, path string) string {
	segments := strings.Split(transport.PathOnly(path), "/")
	for i, segment := range segments {
		if segment != "" && strings.Trim(segment, "0123456789") == "" {
			segments[i] = "{id}"
		}
	}
	return method + " " + strings.Join(segments, "/")
}

// isAbsent knows the ways to send nothing.
func isAbsent(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null" || string(value) == `""`
}

func isObject(value json.RawMessage) bool { return len(value) > 0 && value[0] == '{' }

// answerOf is the shape of "data" that a result documents; nil where it documents none.
func answerOf(out any) shape {
	if result, ok := out.(interface{ documented() shape }); ok {
		return result.documented()
	}
	return nil
}

func (*deviceAnswer) documented() shape  { return documentedDevice }
func (*createdAnswer) documented() shape { return oneOrMany{documentedDevice} }
func (*listAnswer) documented() shape    { return list{documentedDevice} }
func (*qrAnswer) documented() shape      { return documentedCode }
