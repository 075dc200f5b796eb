// Package crashfs is a file system in memory that loses everything unsynced when
// its power is cut. Tests use it to show that a folder of blobs is durable, and
// in which order it creates, writes and syncs.
package crashfs

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets/internal/filesys"
)

// ErrPowerCut is returned by everything that was opened before a power cut.
var ErrPowerCut = errors.New("the power was cut")

// Disk is a file system whose power can be cut. It is safe for concurrent use.
type Disk struct {
	mu    sync.Mutex
	root  *node
	boot  int // the number of power cuts so far
	ops   []string
	plans map[int]func() error // run instead of an operation, by its number
	keep  func() bool          // whether an unsynced change survives a cut; nil: none does
}

// node is a file or folder as it is and as it would be after a power cut.
type node struct {
	folder          bool
	entries, synced map[string]*node // of a folder
	data, durable   []byte           // of a file
	modTime         time.Time
}

func newFolder() *node {
	return &node{folder: true, entries: map[string]*node{}, synced: map[string]*node{}, modTime: time.Now()}
}

// New returns an empty disk.
func New() *Disk {
	return &Disk{root: newFolder(), plans: map[int]func() error{}}
}

// FS returns the disk with what survived all cuts so far.
func (d *Disk) FS() filesys.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &volume{disk: d, boot: d.boot}
}

// Cut cuts the power: everything unsynced is lost. What was opened before
// returns ErrPowerCut from now on.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut()
}

// CutAt cuts the power instead of the n-th operation from now on, counted from
// 1. Operations are those that Ops lists.
func (d *Disk) CutAt(n int) {
	d.at(n, func() error {
		d.cut()
		return ErrPowerCut
	})
}

// FailAt makes the n-th operation from now on, counted from 1, fail with err
// and do nothing.
func (d *Disk) FailAt(n int, err error) { d.at(n, func() error { return err }) }

func (d *Disk) at(n int, plan func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plans[len(d.ops)+n] = plan
}

// KeepUnsynced makes an unsynced change survive a cut if keep, which is called
// for each of them, returns true: disks may also write unsynced data, in any
// order.
func (d *Disk) KeepUnsynced(keep func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep = keep
}

// Ops returns the operations that changed the disk or tried to, in order. Each is
// "mkdir", "create", "write", "sync", "syncdir", "rename" or "remove", a space
// and the name.
func (d *Disk) Ops() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ops)
}

func (d *Disk) cut() {
	d.boot++
	d.root.lose(func() bool { return d.keep != nil && d.keep() })
}

// lose reverts a node to what is durable of it, and of its entries.
func (n *node) lose(keep func() bool) {
	if !n.folder {
		if keep() {
			n.durable = slices.Clone(n.data)
		}
		n.data = slices.Clone(n.durable)
		return
	}
	names := maps.Clone(n.entries)
	maps.Copy(names, n.synced)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if entry, there := n.entries[name]; n.synced[name] != entry && keep() {
			if there {
				n.synced[name] = entry
			} else {
				delete(n.synced, name)
			}
		}
	}
	n.entries = maps.Clone(n.synced)
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		n.entries[name].lose(keep)
	}
}

// step records one operation and runs what was planned instead of it, if
// anything.
func (d *Disk) step(boot int, op, name string) error {
	if boot != d.boot {
		return ErrPowerCut
	}
	d.ops = append(d.ops, op+" "+name)
	if plan := d.plans[len(d.ops)]; plan != nil {
		return plan()
	}
	return nil
}

// find returns the node of a name.
func (d *Disk) find(op, name string) (*node, error) {
	if name == "." {
		return d.root, nil
	}
	parent, err := d.find(op, path.Dir(name))
	if err != nil {
		return nil, err
	}
	if n := parent.entries[path.Base(name)]; n != nil {
		return n, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}
