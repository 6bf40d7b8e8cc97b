package whatspie

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// The documented answers. A field of "name" or "device_name" is not in the documentation, but known.
var (
	documentedEnvelope = object{"status": number{}, "code": number{}, "message": text{}, "error": text{}}

	documentedDevice = object{
		"id":            number{},
		"name":          text{},
		"device_name":   text{},
		"phone":         text{},
		"webhook_url":   text{},
		"status":        oneOf{string(DeviceStatusActive)},
		"version":       oneOf{versionMultidevice},
		"paired_status": oneOf{string(PairedStatusUnpaired), string(PairedStatusPaired), string(PairedStatusExpired), string(PairedStatusSuspended)},
		"created_at":    timestamp{},
		"updated_at":    timestamp{},
		"server":        object{"name": text{}, "status": text{}},
		"package":       object{"code": oneOf(packageCodes()), "name": text{}},
		"subscription":  object{"quote_available": quota{}, "quote_used": quota{}},
	}

	documentedCode = object{"qr": text{}}
)

func packageCodes() []string {
	catalogue := Packages()
	codes := make([]string, len(catalogue))
	for i, p := range catalogue {
		codes[i] = string(p.Code)
	}
	return codes
}

// shape is what the documentation says of a value. It is asked only about values that are there.
type shape interface {
	check(i *inspection, path string, value json.RawMessage)
}

type text struct{}

func (text) check(i *inspection, path string, value json.RawMessage) {
	if value[0] != '"' {
		i.note(path, DriftType)
	}
}

type number struct{}

func (number) check(i *inspection, path string, value json.RawMessage) {
	if _, err := strconv.ParseInt(string(value), 10, 64); err != nil {
		i.note(path, DriftType)
	}
}

// quota is a decimal number inside a string.
type quota struct{}

func (quota) check(i *inspection, path string, value json.RawMessage) {
	if value[0] != '"' {
		i.note(path, DriftType)
		return
	}
	number{}.check(i, path, json.RawMessage(wire.Text(value)))
}

// timestamp is RFC 3339 with or without fractions of a second.
type timestamp struct{}

func (timestamp) check(i *inspection, path string, value json.RawMessage) {
	if _, err := time.Parse(time.RFC3339Nano, wire.Text(value)); value[0] != '"' || err != nil {
		i.note(path, DriftType)
	}
}

// oneOf is a text of which all values are documented.
type oneOf []string

func (o oneOf) check(i *inspection, path string, value json.RawMessage) {
	switch {
	case value[0] != '"':
		i.note(path, DriftType)
	case !slices.Contains(o, wire.Text(value)):
		i.note(path, DriftUnknownValue)
	}
}

type object map[string]shape

func (o object) check(i *inspection, path string, value json.RawMessage) {
	for element := range wire.Elements(value) {
		if isObject(element) { // and no list again: a hostile one has many levels
			o.check(i, path+"[*]", element)
		}
	}
	if !isObject(value) {
		i.note(path, DriftType)
		return
	}
	for name, member := range wire.Fields(value) {
		o.field(i, path, name, member)
	}
}

// field looks at one member of an object at the path.
func (o object) field(i *inspection, path, name string, value json.RawMessage) {
	at := path + step(name)
	if known, ok := o[name]; ok {
		i.check(at, value, known)
	} else {
		i.note(at, DriftUnknownField)
	}
}

type list struct{ element shape }

func (l list) check(i *inspection, path string, value json.RawMessage) {
	if value[0] != '[' {
		i.note(path, DriftType)
		return
	}
	for element := range wire.Elements(value) {
		i.check(path+"[*]", element, l.element)
	}
}

// oneOrMany is what may come alone or in a list: the documentation does not say.
type oneOrMany struct{ element shape }

func (o oneOrMany) check(i *inspection, path string, value json.RawMessage) {
	if value[0] == '[' {
		list(o).check(i, path, value)
	} else {
		o.element.check(i, path, value)
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// step is a member's part of a JSONPath. What does not look like a name may be anything, even a value.
func step(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	return ".*"
}
