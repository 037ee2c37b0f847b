/// The connections of one loop. Each knows its place, so that it leaves without a search.
struct ConnectionTable {
  private(set) var all: [ServedConnection] = []

  var count: Int { all.count }

  mutating func insert(_ connection: ServedConnection) {
    connection.place = all.count
    all.append(connection)
  }

  mutating func remove(_ connection: ServedConnection) {
    let last = all.removeLast()
    guard last !== connection else { return }
    all[connection.place] = last
    last.place = connection.place
  }
}
