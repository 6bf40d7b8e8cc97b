package whatspie

import (
	"math"
	"slices"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// PackageCode is the code of a plan, such as [PackageStartup]. The server decides which codes exist: a code that is not
// among the constants is sent unchanged.
type PackageCode string

// The package codes of Whatspie's documentation.
//
// Source: https://docs.whatspie.com/docs/device-management
const (
	PackageBeta     PackageCode = "BETA"
	PackageStarter  PackageCode = "STARTER60K"
	PackageStartup  PackageCode = "STARTUP240K"
	PackageBusiness PackageCode = "BUSINESS"
)

// Package is a plan: an entry of the documented catalog, or the plan of a [Device].
type Package struct {
	// ID is the plan's number in the documented catalog. It is 0 in a Device, unless the API sends it,
	// which is not documented.
	ID int `json:"id,omitempty"`
	// Code is the code for CreateDeviceRequest; empty if the API does not send it.
	Code PackageCode `json:"code"`
	// Name is the plan's display name, such as "Startup"; empty if the API does not send it.
	Name string `json:"name"`
}

func readPackage(r *wire.Reader) Package {
	var p Package
	for key := range r.Members() {
		switch string(key) {
		case "id": // only the catalog documents it, a device does not
			r.NoteUnknown()
			p.ID = int(min(max(r.Integer(), math.MinInt), math.MaxInt)) // int may have 32 bits
		case "code":
			p.Code = PackageCode(r.Enum(string(PackageBeta), string(PackageStarter), string(PackageStartup), string(PackageBusiness)))
		case "name":
			p.Name = r.Text()
		default:
			r.SkipUnknown()
		}
	}
	return p
}

// UnmarshalJSON accepts a string, a number or null in every field. A null in place of the object changes nothing.
func (p *Package) UnmarshalJSON(data []byte) error { return unmarshal(p, data, readPackage) }

// Packages returns the documented catalog, in the order of the documentation. Use it to offer a choice, not to
// validate a code: the server may know other codes. The caller owns the slice.
func Packages() []Package {
	return []Package{
		{ID: 1, Code: PackageBeta, Name: "Beta Tester"},
		{ID: 2, Code: PackageStarter, Name: "Starter"},
		{ID: 3, Code: PackageStartup, Name: "Startup"},
		{ID: 4, Code: PackageBusiness, Name: "Business"},
	}
}

// LookupPackage returns the plan with a code from the documented catalog, and reports whether there is one. Case
// matters.
func LookupPackage(code PackageCode) (Package, bool) {
	catalog := Packages()
	i := slices.IndexFunc(catalog, func(p Package) bool { return p.Code == code })
	if i < 0 {
		return Package{}, false
	}
	return catalog[i], true
}
