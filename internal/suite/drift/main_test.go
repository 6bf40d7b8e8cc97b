// Package drift_test tests responses that differ from the API's documentation, among them those of testdata/drift.
package drift_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
