// Package watch_test tests which events Watch yields, what it does in outages, and how it ends.
package watch_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
