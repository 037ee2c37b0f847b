import Foundation

/// React's builds for browsers, in a folder of this machine. React 18 is the last version that has them.
struct ReactLibrary {
  /// Where Debian's packages node-react and node-react-dom put them.
  static let defaultFolder = "/usr/share/nodejs"

  /// The folder of `react.production.min.js`.
  let react: String
  /// The folder of `react-dom.production.min.js`.
  let reactDOM: String

  /// Nil where they are not in this folder.
  init?(in folder: String) {
    react = "\(folder)/react/umd"
    reactDOM = "\(folder)/react-dom/umd"
    let files = ["\(react)/react.production.min.js", "\(reactDOM)/react-dom.production.min.js"]
    guard files.allSatisfy(FileManager.default.isReadableFile) else { return nil }
  }

  /// What the command line asks for: nil where nothing was asked for and nothing is installed.
  static func find(_ options: ServeOptions) throws -> ReactLibrary? {
    guard let folder = options.reactFolder else { return ReactLibrary(in: defaultFolder) }
    guard let library = ReactLibrary(in: folder) else { throw NotThere(folder: folder) }
    return library
  }

  struct NotThere: Error, Equatable, CustomStringConvertible {
    let folder: String

    var description: String {
      "there is no React in \(folder): it must hold react/umd/react.production.min.js and "
        + "react-dom/umd/react-dom.production.min.js (npm install react@18 react-dom@18, then --react node_modules)"
    }
  }
}
