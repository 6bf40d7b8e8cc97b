package whatspie

import (
	"sync"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// Drift is one way in which a successful response differs from the API's documentation. It names the place in the body
// and contains no value.
type Drift struct {
	// Operation is the method and path of the endpoint, with numbers replaced: "GET /devices/{id}".
	Operation string
	// Path is the place in the body as a JSONPath (RFC 9535): "$.data[*].server.region". A name that contains anything but
	// letters, digits and underscores, or more than 64 of them, is replaced by a wildcard: "$.data.*".
	Path string
	// Kind is how the value at Path differs.
	Kind DriftKind
}

// DriftKind is how a response differs from the documentation. More kinds may be added.
type DriftKind string

// The kinds of [Drift].
const (
	// DriftUnknownField is a field that is not documented; it was ignored.
	DriftUnknownField DriftKind = "unknown field"
	// DriftUnknownValue is a value that is not documented for its field; it was kept as sent.
	DriftUnknownValue DriftKind = "unknown value"
	// DriftType is a value whose type or format is not the documented one; it was converted, or left out if that was not
	// possible.
	DriftType DriftKind = "type"
)

var driftKinds = map[wire.NoteKind]DriftKind{
	wire.UnknownField: DriftUnknownField,
	wire.UnknownValue: DriftUnknownValue,
	wire.WrongType:    DriftType,
}

const maxDrifts = 1000

// drifts reports each distinct drift to the client's handler once.
type drifts struct {
	handler func(Drift)

	mu       sync.Mutex
	reported map[Drift]bool
}

// reportNew reports a drift unless it has been reported before.
func (d *drifts) reportNew(drift Drift) {
	if d.isNew(drift) {
		d.handler(drift)
	}
}

func (d *drifts) isNew(drift Drift) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reported[drift] || len(d.reported) >= maxDrifts {
		return false
	}
	d.reported[drift] = true
	return true
}

// report passes the drift of a successful call to the handler.
func (d *drifts) report(request transport.Request, result transport.Result) {
	notes := result.Envelope.Notes
	if result.Err != nil || len(notes) == 0 {
		return
	}
	operation := request.Operation()
	for _, note := range notes {
		d.reportNew(Drift{Operation: operation, Path: result.Redact(note.Path), Kind: driftKinds[note.Kind]})
	}
}
